"""Where an S3-compatible store is, read from a STORAGE_URL."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlsplit

from app.core.errors import ConfigurationError

BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")
PREFIX = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
REGION = re.compile(r"[a-z0-9-]{1,40}")
# Strict, because the origin of such an address becomes part of the content security policy.
ADDRESS = re.compile(r"https?://(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?(/[A-Za-z0-9._~/-]*)?")
SECONDS = re.compile(r"\d{1,3}(\.\d+)?")
MOST_SECONDS = 30
OPTIONS = frozenset({"endpoint_url", "region", "public_base_url", "timeout_seconds"})
EXAMPLE = "s3://bucket?endpoint_url=https://s3.example.com&region=eu-1"


@dataclass(frozen=True, slots=True)
class S3Location:
    """A bucket, and the part of it that is ours.

    prefix: empty, or a folder with the slash at its end. endpoint: the store's address without a slash at its end.
    path_style: the bucket is named in the path, not in the host name. public_base: the address, without a slash at its
    end, below which everybody can fetch published objects by their keys; None when only signed addresses work.
    timeout: seconds the store may be silent; None for the usual time.
    """

    bucket: str
    prefix: str
    endpoint: str
    region: str
    path_style: bool
    public_base: str | None
    timeout: float | None = None

    @property
    def address(self) -> str:
        """The address of the bucket, without a slash at its end."""
        if self.path_style:
            return f"{self.endpoint}/{self.bucket}"
        scheme, _, rest = self.endpoint.partition("://")
        return f"{scheme}://{self.bucket}.{rest}"

    @property
    def origins(self) -> tuple[str, ...]:
        """Where browsers are sent for pictures, as scheme and host."""
        addresses = [self.address, *([self.public_base] if self.public_base else [])]
        return tuple(dict.fromkeys(_origin(address) for address in addresses))


def read_location(url: str) -> S3Location:
    """The store of `s3://bucket/prefix?endpoint_url=…&region=…&public_base_url=…`.

    Without an endpoint it is AWS, and the region is needed. Raises ConfigurationError, which never repeats the URL:
    people put keys into it.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _wrong(f"is not a URL such as {EXAMPLE}") from None
    if "@" in parts.netloc:
        raise _wrong("holds keys; give them as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    options = _options(parts)
    endpoint, region = options.get("endpoint_url"), options.get("region")
    if not endpoint and not region:
        raise _wrong("needs region=… for AWS, or endpoint_url=… for another store")
    if region and not REGION.fullmatch(region):
        raise _wrong("region must be a name such as eu-central-1")
    return S3Location(
        bucket=_bucket(parts),
        prefix=_prefix(parts),
        endpoint=_address("endpoint_url", endpoint) if endpoint else f"https://s3.{region}.amazonaws.com",
        region=region or "us-east-1",
        # The certificates of AWS cover bucket names in host names only up to the first dot.
        path_style=bool(endpoint) or "." in parts.netloc,
        public_base=_address("public_base_url", options["public_base_url"]) if "public_base_url" in options else None,
        timeout=_seconds("timeout_seconds", options["timeout_seconds"]) if "timeout_seconds" in options else None,
    )


def _options(parts: SplitResult) -> dict[str, str]:
    options = dict(parse_qsl(parts.query))
    if unknown := sorted(options.keys() - OPTIONS):
        raise _wrong(f"has options we do not know besides {', '.join(sorted(OPTIONS))} ({len(unknown)} of them)")
    return options


def _bucket(parts: SplitResult) -> str:
    if not BUCKET.fullmatch(parts.netloc):
        raise _wrong(f"must name a bucket, as in {EXAMPLE}")
    return parts.netloc


def _prefix(parts: SplitResult) -> str:
    prefix = parts.path.strip("/")
    if prefix and not PREFIX.fullmatch(prefix):
        raise _wrong("the folder after the bucket may hold letters, digits, dots, dashes and slashes only")
    return f"{prefix}/" if prefix else ""


def _address(option: str, value: str) -> str:
    if not ADDRESS.fullmatch(value):
        raise _wrong(f"{option} must be an address such as https://s3.example.com")
    return value.rstrip("/")


def _seconds(option: str, value: str) -> float:
    """At most thirty: with all its tries an operation must end before the picture's storing is taken for lost."""
    if not SECONDS.fullmatch(value) or not 1 <= float(value) <= MOST_SECONDS:
        raise _wrong(f"{option} must be a number from 1 to {MOST_SECONDS}")
    return float(value)


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _wrong(what: str) -> ConfigurationError:
    return ConfigurationError(f"STORAGE_URL: {what}. See docs/configuration.md.")
