"""The loop everybody writes first: call, then sleep for a minute divided by the limit."""

import time

from bench.peers.asking import Orders, ask


def main() -> None:
    orders = Orders.read()
    for number in range(orders.images):
        while (wait := ask(orders, number)) is not None:
            time.sleep(wait)
        time.sleep(60 / orders.limit)


if __name__ == "__main__":
    main()
