import email.utils
import time

import pytest

from app.core.errors import ErrorClass
from app.providers.openai_errors import Failure, can_never_fit, classify, retry_after
from app.providers.redaction import safe_message

KEY = "sk-proj-Secret_0123456789"


def refused(status: int, code: str | None = None, message: str = "", **headers: str) -> Failure:
    return Failure(status, code, None, message, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "20"}, 20.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "20", "retry-after-ms": "1234"}, 1.234),
        ({"retry-after": "20", "retry-after-ms": "soon"}, 20.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "1e12"}, 86_400.0),
        ({"retry-after": "later"}, None),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
    ],
)
def test_the_wait_is_read_from_the_headers(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == (None if seconds is None else pytest.approx(seconds))


def test_the_wait_may_be_a_date() -> None:
    date = email.utils.formatdate(time.time() + 60, usegmt=True)
    assert retry_after({"retry-after": date}) == pytest.approx(60, abs=3)


@pytest.mark.parametrize(
    ("message", "never"),
    [
        ("Limit 5, Used 5, Requested 1. Please try again in 12s.", False),
        ("Limit: 5 / min. Please try again in 12s.", False),
        ("Limit 10,000, Requested 15,000.", True),
        ("Limit: 0, Requested: 1", True),
        ("Rate limit reached for images", False),
        ("", False),
    ],
)
def test_a_limit_that_one_request_exceeds_is_no_matter_of_waiting(message: str, never: bool) -> None:
    assert can_never_fit(refused(429, "rate_limit_exceeded", message)) is never
    assert classify(refused(429, "rate_limit_exceeded", message)) is (
        ErrorClass.PERMANENT if never else ErrorClass.TRANSIENT
    )


def test_a_limit_of_nothing_in_the_headers_is_permanent() -> None:
    assert classify(refused(429, "rate_limit_exceeded", x_ratelimit_limit_requests="0")) is ErrorClass.PERMANENT


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "organization_spend_limit_exceeded", ErrorClass.QUOTA),
        (403, "content_policy_violation", ErrorClass.CONTENT_POLICY),
        (400, "insufficient_quota", ErrorClass.QUOTA),
        (408, None, ErrorClass.TRANSIENT),
        (409, None, ErrorClass.TRANSIENT),
        (413, None, ErrorClass.PERMANENT),
        (500, None, ErrorClass.TRANSIENT),
        (502, None, ErrorClass.TRANSIENT),
        (503, None, ErrorClass.TRANSIENT),
        (504, None, ErrorClass.AMBIGUOUS),
        (520, None, ErrorClass.AMBIGUOUS),
        (524, None, ErrorClass.AMBIGUOUS),
        (599, None, ErrorClass.AMBIGUOUS),
    ],
)
def test_the_code_goes_before_the_status(status: int, code: str | None, kind: ErrorClass) -> None:
    assert classify(refused(status, code)) is kind


def safe(text: str, prompt: str = "") -> str:
    return safe_message(text, secrets=(KEY,), prompt=prompt)


@pytest.mark.parametrize(
    "text",
    [
        f"key {KEY} is wrong",
        "key sk-fake****************1234 is wrong",
        "key sk-svcacct-other_Key-99 is wrong",
        "Authorization: Bearer eyJhbGciOi.abc/def+gh= was refused",
    ],
)
def test_keys_are_taken_out_in_every_form(text: str) -> None:
    assert "[key]" in safe(text)
    assert not {"sk-", "eyJ", KEY} & {part for part in ("sk-", "eyJ", KEY) if part in safe(text)}


def test_words_that_only_look_a_little_like_keys_stay() -> None:
    assert safe("a task-force on risk-taking") == "a task-force on risk-taking"


@pytest.mark.parametrize(
    ("said", "prompt", "left"),
    [
        ("Your prompt 'a cat' is bad", "a cat", "Your prompt '[prompt]' is bad"),
        ("category of a catalogue", "a cat", "category of a catalogue"),
        ("'a garden full of old roses at d...'", "a garden full of old roses at dusk", "'[prompt]...'"),
        (
            '{"prompt": "one\\ntwo \\"three\\" four five six"}',
            'one\ntwo "three" four five six',
            '{"prompt": "[prompt]"}',
        ),
        ("one two three four five six seven!", "one two\nthree four\nfive six seven", "[prompt]!"),
        ("nothing of it", "a cat", "nothing of it"),
    ],
)
def test_the_prompt_is_taken_out_whole_cut_or_quoted(said: str, prompt: str, left: str) -> None:
    assert safe(said, prompt) == left


def test_a_message_is_one_line_and_not_endless() -> None:
    assert safe("two\r\nlines\x1b[31m\u2028and more") == "two lines [31m and more"
    assert len(safe("x" * 5000)) == 1000
    assert safe("x" * 5000).endswith("…")
