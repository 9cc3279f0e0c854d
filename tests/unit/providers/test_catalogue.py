from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from app.core.errors import ConfigurationError, UnknownModel
from app.providers.catalogue import Catalogue, Model, Size, seconds_for
from app.providers.interface import Usage

SQUARE, LANDSCAPE = Size(1024, 1024), Size(1536, 1024)
NEW_MODEL = """
[models."local/sketch"]
label = "Sketch"
max_prompt_chars = 500
sizes = ["512x512"]
qualities = ["standard"]
images_per_minute = 10
latency_seconds = 3
max_in_flight = 2
prices_as_of = 2026-11-01
"""


def flare() -> Model:
    return Catalogue.load().model("openai/gpt-image-2.5-flare")


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_first_model_is_the_bulk_default_and_the_last_the_demo() -> None:
    models = Catalogue.load().models
    assert models[0].id == "openai/gpt-image-2.5-flare"
    assert models[-1].id == "demo/painter"
    assert all(model.id == f"{model.provider}/{model.name}" for model in models)


def test_the_demo_is_free_and_marked() -> None:
    demo = Catalogue.load().model("demo/painter")
    assert demo.is_demo
    assert not demo.needs_key
    assert demo.price("medium", SQUARE) == demo.maximum_price("high", LANDSCAPE) == 0
    assert demo.cost_of(None, "medium", SQUARE) == 0


@pytest.mark.parametrize(("quality", "known"), [("low", "0.006"), ("medium", "0.013"), ("high", "0.053")])
def test_estimates_agree_with_the_published_figures(quality: str, known: str) -> None:
    price = flare().price(quality, SQUARE)
    assert price is not None
    assert price.quantize(Decimal("0.001")) == Decimal(known)


def test_other_sizes_are_reckoned_by_their_pixels() -> None:
    model = flare()
    prompt = Decimal(60) * 5 / 1_000_000
    small, wide = model.price("high", SQUARE), model.price("high", LANDSCAPE)
    assert small is not None
    assert wide is not None
    assert wide - prompt == (small - prompt) * Decimal("1.5")


def test_the_cost_is_settled_from_the_tokens() -> None:
    usage = Usage(text_tokens=100, image_tokens=10, output_tokens=439)
    assert flare().cost_of(usage, "medium", SQUARE) == Decimal("0.01375")
    assert flare().cost_of(None, "medium", SQUARE) == flare().price("medium", SQUARE)


def test_a_reservation_is_never_below_the_bill() -> None:
    model = flare()
    longest = Usage(text_tokens=model.max_prompt_chars, image_tokens=0, output_tokens=int(1756 * 1.2))
    assert model.maximum_price("high", SQUARE) > model.cost_of(longest, "high", SQUARE)  # type: ignore[operator]
    short = model.maximum_price("high", SQUARE, prompt="a cat")
    assert short is not None
    assert model.price("high", SQUARE) < short < model.maximum_price("high", SQUARE)  # type: ignore[operator]


def test_a_model_without_known_tokens_has_no_price() -> None:
    model = Catalogue.load().model("openai/gpt-image-2")
    assert not model.has_price
    assert model.price("medium", SQUARE) is None
    assert model.maximum_price("medium", SQUARE) is None
    assert model.cost_of(Usage(0, 0, 1_000_000), "medium", SQUARE) == 30
    assert model.cost_of(None, "medium", SQUARE) == 0


def test_every_default_is_among_the_choices() -> None:
    for model in Catalogue.load().models:
        assert model.supports(model.default_quality, model.default_size)
        assert model.default_quality == "medium"
        assert date(2026, 5, 1) < model.prices_as_of <= date(2026, 11, 20)


def test_an_unknown_model_is_said_with_the_choices() -> None:
    with pytest.raises(UnknownModel, match="demo/painter"):
        Catalogue.load().model("openai/dall-e-3")


def test_an_own_catalogue_overrides_field_by_field(tmp_path: Path) -> None:
    own = written(tmp_path, '[models."openai/gpt-image-2"]\noutput_tokens = { medium = 1000 }\nlabel = "Ours"\n')
    model = Catalogue.load(own).model("openai/gpt-image-2")
    assert model.label == "Ours"
    assert model.max_prompt_chars == 32_000
    assert model.price("medium", SQUARE) == Decimal("0.0303")
    assert model.price("low", SQUARE) is None


def test_an_own_catalogue_can_change_what_a_provider_shares(tmp_path: Path) -> None:
    own = written(tmp_path, "[providers.openai]\nimages_per_minute = 150\n")
    catalogue = Catalogue.load(own)
    assert catalogue.model("openai/gpt-image-2.5-flare").images_per_minute == 150
    assert catalogue.model("demo/painter").images_per_minute == 240


def test_token_prices_of_ones_own_replace_a_flat_price(tmp_path: Path) -> None:
    own = written(
        tmp_path,
        '[models."demo/painter"]\ntoken_prices = {text = 1, image = 1, output = 10}\noutput_tokens = {medium = 100}\n',
    )
    assert Catalogue.load(own).model("demo/painter").price("medium", SQUARE) == Decimal("0.00106")


@pytest.mark.parametrize(
    ("line", "price"),
    [
        ("price = 0", Decimal(0)),
        ("price = 0.07", Decimal("0.07")),
        ('price = "0.07"', Decimal("0.07")),
        ("price = { standard = 0.1 }", Decimal("0.1")),
        ('price = { standard = 0.1, "standard 512x512" = 0.05 }', Decimal("0.05")),
        ("", None),
    ],
)
def test_a_new_model_has_the_price_that_is_written(tmp_path: Path, line: str, price: Decimal | None) -> None:
    model = Catalogue.load(written(tmp_path, NEW_MODEL + line)).model("local/sketch")
    assert model.price("standard", Size(512, 512)) == price
    assert model.default_size == Size(512, 512)
    assert model.default_quality == "standard"
    assert model.limit_group == "sketch"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (NEW_MODEL + "price = -1", "price"),
        (NEW_MODEL + "price = nan", "price"),
        (NEW_MODEL + "price = true", "price"),
        (NEW_MODEL + "prise = 1", "prise"),
        (NEW_MODEL + "output_tokens = { medium = 3 }", "medium"),
        (NEW_MODEL.replace('"512x512"', '"512 by 512"'), "sizes"),
        (NEW_MODEL.replace('"512x512"', '"0x512"'), "sizes"),
        (NEW_MODEL.replace('sizes = ["512x512"]', "sizes = []"), "sizes"),
        (NEW_MODEL.replace("latency_seconds = 3", "latency_seconds = 0"), "latency_seconds"),
        (NEW_MODEL.replace("max_prompt_chars = 500\n", ""), "max_prompt_chars"),
        (NEW_MODEL + 'default_size = "1024x1024"', "default_size"),
        (NEW_MODEL + 'default_quality = "high"', "default_quality"),
        (NEW_MODEL + "timeout_seconds = 131", "timeout_seconds: Input should be less than or equal to 130"),
    ],
)
def test_an_unusable_entry_names_file_model_and_field(tmp_path: Path, text: str, named: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigurationError) as raised:
        Catalogue.load(path)
    assert str(path) in raised.value.message
    assert "local/sketch" in raised.value.message
    assert named in raised.value.message


@pytest.mark.parametrize(
    "text", ["no toml at all", "[modles.x]\n", "models = 3\n", '[models]\n"a/b" = 3\n', '[models."a"]\n']
)
def test_an_unusable_file_is_named(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigurationError, match=r"own\.toml"):
        Catalogue.load(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="PROOFSHEET_CATALOGUE"):
        Catalogue.load(tmp_path / "nowhere.toml")


def test_limits_are_set_by_provider_and_by_model() -> None:
    catalogue = Catalogue.load(images_per_minute={"openai": 150, "openai/gpt-image-2": 5})
    assert catalogue.model("openai/gpt-image-2.5-flare").images_per_minute == 150
    assert catalogue.model("openai/gpt-image-2").images_per_minute == 5
    assert catalogue.model("demo/painter").images_per_minute == 240


def test_a_limit_for_a_stranger_names_the_variable() -> None:
    with pytest.raises(ConfigurationError, match="PROOFSHEET_IMAGES_PER_MINUTE names opnai"):
        Catalogue.load(images_per_minute={"opnai": 150})


def test_sizes_are_read_shown_and_matched() -> None:
    assert Size.parse(" 1536X1024 ") == LANDSCAPE
    assert str(LANDSCAPE) == "1536x1024"
    assert LANDSCAPE.label.startswith("Landscape 3:2")
    assert flare().size("1024x1024") == SQUARE
    with pytest.raises(ValueError, match="makes 1024x1024"):
        flare().size("640x480")
    demo = Catalogue.load().model("demo/painter")
    assert demo.nearest_size(Size(1920, 1080)) == LANDSCAPE
    assert demo.nearest_size(Size(2048, 2048)) == SQUARE
    assert demo.nearest_size(Size(300, 900)) == Size(1024, 1536)


@pytest.mark.parametrize("text", ["", "x", "1024", "1024x", "-1x5", "1024x1024x3", "٣x٣", "0x0"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"size|pixels"):
        Size.parse(text)


def test_the_time_is_the_starts_at_the_limit_and_one_last_call() -> None:
    assert seconds_for(0, 60, 12) == 0
    assert seconds_for(1, 60, 12) == 12
    assert seconds_for(99, 60, 12) == pytest.approx(112)
