"""Where a sign-in may lead to: a path of this site and nowhere else."""

import pytest

from app.core.web_security import safe_next


@pytest.mark.parametrize("path", ["/", "/jobs/", "/jobs/?state=failed&page=2", "/jobs/new#prompts", "/a//b", "/x:y"])
def test_a_path_of_this_site_is_followed(path: str) -> None:
    assert safe_next(path, "/home") == path


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "jobs/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/jobs/\r\nSet-Cookie: a=b",
        " //evil.example",
        "/\u200b/evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/jobs\\..\\x",
        "/\x00",
    ],
)
def test_everything_else_leads_home(address: str | None) -> None:
    assert safe_next(address, "/home") == "/home"
