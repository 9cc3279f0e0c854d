"""Celery with `rate_limit` on the task, threads pool. The limit holds for each worker, not for all of them together."""

import os

from celery import Celery, Task

from bench.peers.asking import Orders, ask

orders = Orders.read()
celery = Celery("bench", broker=orders.broker)
celery.conf.update(broker_connection_retry_on_startup=True, task_ignore_result=True)


# Named here: what is sent runs as __main__, what receives is imported.
@celery.task(name="generate", bind=True, rate_limit=f"{orders.limit}/m", max_retries=None)
def generate(self: Task, number: int) -> None:
    wait = ask(orders, number)
    if wait is not None:
        raise self.retry(countdown=wait)


def main() -> None:
    for number in range(orders.images):
        generate.delay(number)
    options = ["--pool", "threads", "--concurrency", str(orders.threads), "--loglevel", "WARNING"]
    words = ["celery", "--app", "bench.peers.celery_rate_limit", "worker", *options]
    os.execvp(words[0], words)  # noqa: S606


if __name__ == "__main__":
    main()
