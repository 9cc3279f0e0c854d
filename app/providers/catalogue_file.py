"""Reads the catalogue files: the shipped one, and one of the installation's own laid over it."""

import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from app.core.errors import ConfigurationError
from app.providers.model import Model, Size
from app.providers.pricing import PriceList, TokenPrices, WriterPrice

SHIPPED = Path(__file__).with_name("catalogue.toml")
LONGEST_CALL_SECONDS = 130
"""A process that is told to stop waits 240 s for its calls, and a picture may need 100 of them to be written down."""
PARTS = ("providers", "models", "writers")

Table = dict[str, Any]


def _exact(value: object) -> object:
    """TOML's floats are read as Decimal; anything that went through binary floating point is refused."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise ValueError("must be a number")  # noqa: TRY004  pydantic turns ValueError into its report
    return value


Dollars = Annotated[Decimal, BeforeValidator(_exact), Field(ge=0, allow_inf_nan=False)]
PixelSize = Annotated[Size, BeforeValidator(lambda value: Size.parse(str(value)))]


def _plain(value: Any) -> Any:
    """What a provider is sent holds ordinary numbers."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return float(value) if isinstance(value, Decimal) else value


class _TokenPrices(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: Dollars
    image: Dollars
    output: Dollars


class _Writer(BaseModel):
    """What a model that writes pages costs."""

    model_config = ConfigDict(extra="forbid")

    input: Dollars
    output: Dollars
    prices_as_of: date


class _Entry(BaseModel):
    """One model as it is written in the file, with its provider's shared fields filled in."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    label: str = Field(min_length=1, max_length=80)
    generator: str = Field("Other", min_length=1)
    limit_group: str | None = None
    max_prompt_chars: int = Field(ge=1)
    sizes: list[PixelSize] = Field(min_length=1)
    default_size: PixelSize | None = None
    qualities: list[str] = Field(min_length=1)
    default_quality: str | None = None
    images_per_minute: float = Field(gt=0, allow_inf_nan=False)
    latency_seconds: float = Field(gt=0, allow_inf_nan=False)
    timeout_seconds: float = Field(120, gt=0, le=LONGEST_CALL_SECONDS, allow_inf_nan=False)
    max_in_flight: int = Field(ge=1)
    bills_server_errors: bool = False
    needs_key: bool = False
    is_demo: bool = False
    needs_moderation: bool = False
    price: Dollars | dict[str, Dollars] | None = None
    token_prices: _TokenPrices | None = None
    output_tokens: dict[str, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    output_tokens_size: PixelSize = Size(1024, 1024)
    prices_as_of: date
    shutdown_date: date | None = None
    deadline_seconds: float = Field(600, gt=0, le=1800, allow_inf_nan=False)
    polls_per_minute: float = Field(600, gt=0, allow_inf_nan=False)
    inputs: Annotated[dict[str, Any], AfterValidator(_plain)] = Field(default_factory=dict)
    ratios: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.default_size is not None and self.default_size not in self.sizes:
            raise ValueError("default_size is not one of sizes")
        if self.default_quality is not None and self.default_quality not in self.qualities:
            raise ValueError("default_quality is not one of qualities")
        if "{ratio}" in self.inputs.values() and (bare := {str(size) for size in self.sizes} - set(self.ratios)):
            raise ValueError(f"ratios names no aspect ratio for {', '.join(sorted(bare))}")
        if strange := {key.split(" ")[0] for key in self.priced_qualities()} - set(self.qualities):
            raise ValueError(
                f"price or output_tokens names {', '.join(sorted(strange))}, which is not one of qualities"
            )
        return self

    def priced_qualities(self) -> set[str]:
        return set(self.output_tokens) | (set(self.price) if isinstance(self.price, dict) else set())

    def price_list(self) -> PriceList:
        flat = self.price if isinstance(self.price, dict) else {} if self.price is None else {"": self.price}
        tokens = self.token_prices
        return PriceList(
            flat=flat,
            token_prices=TokenPrices(tokens.text, tokens.image, tokens.output) if tokens else None,
            output_tokens=self.output_tokens,
            reference_pixels=self.output_tokens_size.width * self.output_tokens_size.height,
        )


def read_models(extra: Path | None = None) -> list[Model]:
    """All models of the shipped file and of `extra`, in their order. Raises ConfigurationError."""
    shipped = _tables(SHIPPED)
    if extra is None:
        return _models(shipped, lambda _id: SHIPPED)
    own = _tables(extra)
    return _models(_laid_over(shipped, own), lambda model_id: extra if model_id in own["models"] else SHIPPED)


def read_writer_prices(extra: Path | None = None) -> dict[str, WriterPrice]:
    """What writers cost, by model, of the shipped file and of `extra`. Raises ConfigurationError."""
    tables = [(path, _tables(path)["writers"]) for path in (SHIPPED, extra) if path is not None]
    return {model: _writer(path, model, table) for path, writers in tables for model, table in writers.items()}


def _writer(path: Path, model: str, table: Table) -> WriterPrice:
    try:
        entry = _Writer.model_validate(table)
    except ValidationError as error:
        raise ConfigurationError(_explain(path, model, error)) from None
    return WriterPrice(entry.input, entry.output, entry.prices_as_of)


def _tables(path: Path) -> dict[str, dict[str, Table]]:
    try:
        content = tomllib.loads(path.read_text("utf-8-sig"), parse_float=Decimal)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"PROOFSHEET_CATALOGUE: {path} cannot be read: {error}.") from error
    if strange := sorted(set(content) - set(PARTS)):
        raise ConfigurationError(
            f"{path}: {', '.join(strange)} is not known; use {', '.join(f'[{part}.…]' for part in PARTS)}."
        )
    return {part: _tables_of(path, part, content.get(part, {})) for part in PARTS}


def _tables_of(path: Path, part: str, tables: object) -> dict[str, Table]:
    if not isinstance(tables, dict):
        raise ConfigurationError(f"{path}: [{part}] must hold tables.")
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise ConfigurationError(f"{path}: [{part}.{name}] must be a table.")
    return tables


def _laid_over(below: dict[str, dict[str, Table]], above: dict[str, dict[str, Table]]) -> dict[str, dict[str, Table]]:
    return {
        part: {
            name: _merged(below[part].get(name, {}), above[part].get(name, {}))
            for name in [*below[part], *(name for name in above[part] if name not in below[part])]
        }
        for part in below
    }


def _merged(below: Table, above: Table) -> Table:
    """The upper fields win. One way of pricing replaces the other: a flat price must not hide new token prices."""
    merged = {**below, **above}
    if "price" not in above and {"token_prices", "output_tokens"} & set(above):
        merged.pop("price", None)
    return merged


def _models(tables: Mapping[str, Mapping[str, Table]], source: Callable[[str], Path]) -> list[Model]:
    return [
        _model(source(model_id), model_id, tables["providers"].get(model_id.partition("/")[0], {}), table)
        for model_id, table in tables["models"].items()
    ]


def _model(path: Path, model_id: str, shared: Table, table: Table) -> Model:
    provider, separator, name = model_id.partition("/")
    if not (provider and separator and name):
        raise ConfigurationError(f'{path}: model "{model_id}" must be named provider/model.')
    try:
        entry = _Entry.model_validate({**shared, **table})
    except ValidationError as error:
        raise ConfigurationError(_explain(path, model_id, error)) from None
    fields = entry.model_dump(exclude={"price", "token_prices", "output_tokens", "output_tokens_size"})
    return Model(
        **{
            **fields,
            "id": model_id,
            "provider": provider,
            "name": name,
            "limit_group": entry.limit_group or name,
            "sizes": tuple(entry.sizes),
            "default_size": entry.default_size or entry.sizes[0],
            "qualities": tuple(entry.qualities),
            "default_quality": entry.default_quality or entry.qualities[0],
            "prices": entry.price_list(),
        }
    )


def _explain(path: Path, model_id: str, error: ValidationError) -> str:
    problems = [
        f"{'.'.join(str(part) for part in problem['loc'] if part not in _UNION_PARTS) or 'the entry'}: {problem['msg']}"
        for problem in error.errors(include_url=False)
    ]
    return f'{path}: model "{model_id}": {"; ".join(problems)}.'


_UNION_PARTS = {"decimal", "dict[str,decimal]"}
