"""The configuration of every process; the only module that reads the environment.

Some names are the ones hosts already know (DATABASE_URL, REDIS_URL, STORAGE_URL, PORT, those of the providers' keys);
everything else carries the prefix PROOFSHEET_. `load_settings` answers a complete, checked Settings or raises a
ConfigurationError that names the variable.
"""

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, AliasChoices, BaseModel, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from app.core.errors import ConfigurationError
from app.core.fail_points import FailPoint, Failure


def _database_url(url: str) -> str:
    """SQLAlchemy's spelling of the URL; hosts hand out `postgres://` and plain `postgresql://`."""
    scheme, separator, rest = url.partition("://")
    if scheme in {"postgres", "postgresql", "postgresql+psycopg"} and separator:
        return f"postgresql+psycopg://{rest}"
    if scheme == "sqlite" and separator:
        return url
    raise ValueError("must begin with sqlite:/// or postgresql://")


def _redis_url(url: str) -> str:
    if urlsplit(url).scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("must begin with redis://, rediss:// or unix://")
    return url


def _http_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ValueError("must be an address such as https://example.com")
    return url.rstrip("/")


def _storage_url(url: str) -> str:
    if not url.startswith(("file:///", "s3://")):
        raise ValueError("must begin with file:/// or s3://")
    return url


def _rates(rates: dict[str, float]) -> dict[str, float]:
    if bad := [name for name, rate in rates.items() if rate <= 0]:
        raise ValueError(f"must be above 0 for {', '.join(bad)}")
    return rates


def _named(name: str, default: Any = ..., **options: Any) -> Any:
    """A field read from exactly this variable, without the prefix."""
    return Field(default, validation_alias=AliasChoices(name), **options)


class Settings(BaseSettings):
    """What can be set. Each field's description is its line in docs/configuration.md."""

    model_config = SettingsConfigDict(
        env_prefix="PROOFSHEET_", extra="ignore", env_ignore_empty=True, validate_default=False, frozen=True
    )

    data_dir: Path = Field(Path("var"), description="Folder that holds all local data.")
    database_url: Annotated[str, AfterValidator(_database_url)] | None = _named(
        "DATABASE_URL", None, description="PostgreSQL or SQLite. Default: a SQLite file in the data folder."
    )
    redis_url: Annotated[str, AfterValidator(_redis_url)] | None = _named(
        "REDIS_URL",
        None,
        description="A Redis-compatible server. Default: the bundled Valkey, started by `proofsheet up`.",
    )
    storage_url: Annotated[str, AfterValidator(_storage_url)] | None = _named(
        "STORAGE_URL",
        None,
        description="Where pictures are kept, a folder or a bucket. Default: the folder `media` in the data folder.",
    )
    openai_api_key: SecretStr | None = _named(
        "OPENAI_API_KEY", None, description="Key of the OpenAI account that makes and describes pictures."
    )
    openai_base_url: Annotated[str, AfterValidator(_http_url)] | None = _named(
        "OPENAI_BASE_URL", None, description="Address of an OpenAI-compatible server, up to and with `/v1`."
    )
    replicate_api_token: SecretStr | None = _named(
        "REPLICATE_API_TOKEN", None, description="Token of the Replicate account that makes pictures."
    )
    replicate_base_url: Annotated[str, AfterValidator(_http_url)] | None = _named(
        "REPLICATE_BASE_URL", None, description="Address of another server with Replicate's API, up to and with `/v1`."
    )
    replicate_file_host: str = Field(
        "replicate.delivery", description="Host, with its subdomains, from which Replicate's pictures are fetched."
    )
    secret_key: SecretStr | None = Field(
        None, description="Signs forms and cookies. Default: made once and kept in the database, shared by all hosts."
    )
    public_url: Annotated[str, AfterValidator(_http_url)] | None = Field(
        None, description="Address under which people reach the site; used in canonical links and for secure cookies."
    )
    allowed_hosts: Annotated[list[str], Field(min_length=1)] | None = Field(
        None,
        description="JSON list of host names the web process answers to. Default: local ones and the public URL's.",
    )
    port: int = _named("PORT", 8000, ge=1, le=65535, description="Port of the web process.")
    trusted_proxies: int = Field(
        0, ge=0, le=5, description="Number of reverse proxies whose X-Forwarded headers are believed."
    )
    admin_email: str = Field("admin@example.com", description="Sign-in of the first administrator.")
    admin_password: SecretStr | None = Field(
        None, description="Password of the first administrator. Default: generated and printed once."
    )
    images_per_minute: Annotated[dict[str, float], AfterValidator(_rates)] = Field(
        default_factory=dict,
        description='Limits over the catalogue\'s, as JSON by provider or model id: `{"openai": 150}`.',
    )
    catalogue: Path | None = Field(None, description="A file of models and prices laid over the shipped catalogue.")
    generate_threads: int = Field(96, ge=1, le=1000, description="Calls one `generate` process can have in flight.")
    lease_seconds: float = Field(
        30.0, ge=1, description="A process that has not beaten for so long is dead; its images are recovered."
    )
    sweep_seconds: float = Field(10.0, ge=0.2, description="How often what was abandoned is looked for.")
    min_free_mb: int = Field(
        300, ge=0, description="Room in MB that a host's disks must have before a picture is paid for."
    )
    demo_latency_seconds: float = Field(1.5, ge=0, description="How long the demo painter pretends to need.")
    demo_failure_rate: float = Field(0.0, ge=0, le=1, description="Share of demo pictures that fail, to see failures.")
    writer_model: str = Field("gpt-6-luna", description="OpenAI model that writes titles, descriptions and tags.")
    writer_seconds: float = Field(30.0, gt=0, le=60, description="How long the writer may take over one page.")
    moderation_model: str = Field(
        "omni-moderation-latest", description="OpenAI model that judges whether a picture may be shown."
    )
    severities: Path | None = Field(
        None, description="From which score on a finding is how grave: a file in place of the shipped one."
    )
    blocked_words: Path | None = Field(None, description="File of words no prompt may contain, one a line.")
    fallback_prompt: str = Field(
        "", description="Sent once for a refused prompt when neither it, its job nor its workspace has a fallback."
    )
    c2pa_certificate: Path | None = Field(
        None, description="PEM file of the certificate chain that signs public pictures (C2PA). Default: no signing."
    )
    c2pa_key: Path | None = Field(None, description="PEM file of the private key that belongs to the certificate.")
    c2pa_algorithm: str = Field(
        "es256",
        pattern="^(es256|es384|es512|ps256|ps384|ps512|ed25519)$",
        description="How the certificate's key signs: es256, es384, es512, ps256, ps384, ps512 or ed25519.",
    )
    c2pa_time_url: Annotated[str, AfterValidator(_http_url)] | None = Field(
        None, description="Address of a time-stamping service (RFC 3161) that is asked for each signature."
    )
    images_per_job: int = Field(10_000, ge=1, description="Most images one job may have.")
    fail_points: dict[FailPoint, Failure] = Field(
        default_factory=dict,
        description='For tests: moments at which processes fail, as JSON: `{"call.claimed": {"action": "kill"}}`.',
    )
    log_format: str = Field("text", pattern="^(text|json)$", description="`text` for people, `json` for machines.")

    @cached_property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{(self.data_dir / 'proofsheet.db').resolve()}"

    @cached_property
    def storage(self) -> str:
        return self.storage_url or f"file://{(self.data_dir / 'media').resolve()}"

    @property
    def openai_key(self) -> str | None:
        return self.openai_api_key.get_secret_value() if self.openai_api_key else None

    @property
    def replicate_token(self) -> str | None:
        return self.replicate_api_token.get_secret_value() if self.replicate_api_token else None

    @cached_property
    def site_url(self) -> str:
        return self.public_url or f"http://127.0.0.1:{self.port}"

    @cached_property
    def hosts(self) -> list[str]:
        """Host names the web process answers to, without ports."""
        return self.allowed_hosts or [
            "127.0.0.1",
            "localhost",
            "[::1]",
            urlsplit(self.site_url).hostname or "localhost",
        ]

    @classmethod
    def variable(cls, field: str) -> str:
        """The environment variable of a field."""
        alias = cls.model_fields[field].validation_alias
        return str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"PROOFSHEET_{field.upper()}"

    @classmethod
    def read(cls) -> Self:
        try:
            return cls()
        except ValidationError as error:
            raise ConfigurationError(_explain(cls, error)) from None
        except SettingsError as error:  # a value that is not the JSON it must be
            raise ConfigurationError(f"The configuration cannot be read: {error}. See docs/configuration.md.") from None


def _explain(cls: type[Settings], error: ValidationError) -> str:
    """One sentence per wrong variable. Values are not repeated: one of them may be a key."""
    lines = []
    for problem in error.errors(include_input=False, include_url=False):
        field = str(problem["loc"][0])
        name = cls.variable(field) if field in cls.model_fields else field
        lines.append(f"{name}: {problem['msg']}.")
    return "The configuration is not valid. " + " ".join(lines) + " See docs/configuration.md."


def load_settings() -> Settings:
    """Settings of this process from its environment. Raises ConfigurationError naming the variable."""
    return Settings.read()


def environment() -> Mapping[str, str]:
    """The environment itself, for the supervisor that hands it on to its children."""
    return dict(os.environ)


class SettingLine(BaseModel):
    """One row of docs/configuration.md."""

    variable: str
    default: str
    description: str


def setting_lines() -> list[SettingLine]:
    """Every setting as the documentation has to show it."""
    return [
        SettingLine(
            variable=Settings.variable(name),
            default="" if field.default is None else str(field.get_default(call_default_factory=True)),
            description=field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]
