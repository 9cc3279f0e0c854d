"""Batches of eight with a barrier: the next eight start when the slowest of these has ended."""

import time
from concurrent.futures import ThreadPoolExecutor

from bench.peers.asking import Orders, ask

SIZE = 8


def main() -> None:
    orders = Orders.read()
    with ThreadPoolExecutor(SIZE) as pool:
        for first in range(0, orders.images, SIZE):
            list(pool.map(lambda number: _insist(orders, number), range(first, min(first + SIZE, orders.images))))


def _insist(orders: Orders, number: int) -> None:
    while (wait := ask(orders, number)) is not None:
        time.sleep(wait)


if __name__ == "__main__":
    main()
