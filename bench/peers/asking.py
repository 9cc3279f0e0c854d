"""What all peers share: their orders, and one call to the provider."""

import json
import math
import os
from dataclasses import dataclass
from typing import Self
from urllib.error import HTTPError
from urllib.request import Request, urlopen


@dataclass(frozen=True, slots=True)
class Orders:
    """What the benchmark has told this peer. `limit`: pictures a minute; `broker`: a Redis database of its own."""

    provider: str
    key: str
    images: int
    limit: int
    broker: str
    threads: int

    @classmethod
    def read(cls) -> Self:
        values = json.loads(os.environ["BENCH_ORDERS"])
        return cls(**values)


def ask(orders: Orders, number: int) -> float | None:
    """One call. None when the picture was made, else the seconds after which the provider wants to be asked again."""
    body = {"model": "gpt-image-2.5-flare", "prompt": f"picture {number}", "size": "256x256", "quality": "low"}
    headers = {"authorization": f"Bearer {orders.key}", "content-type": "application/json"}
    request = Request(f"{orders.provider}/images/generations", json.dumps(body).encode(), headers)  # noqa: S310
    try:
        with urlopen(request, timeout=120) as answer:  # noqa: S310  the benchmark's own server
            answer.read()
    except HTTPError as error:
        if error.code != 429:
            raise
        return math.ceil(float(error.headers["retry-after-ms"])) / 1000
    return None
