"""Static files: named by their content and kept by browsers, and nothing of another version is kept."""

import re

import pytest

from app.core.assets import FOLDER, content_of_all, modules_of
from tests.web.visitor import Visitor

SHEET = "js/sheet/sheet.js"


def test_a_page_names_files_by_their_content_and_browsers_keep_them(owner: Visitor) -> None:
    address = re.search(r'href="(/static/v-[0-9a-f]{12}/css/tokens\.css)"', owner.get("/account/").text)
    assert address
    answer = owner.get(address[1])
    assert answer.data == (FOLDER / "css/tokens.css").read_bytes()
    assert answer.cache_control.max_age == 365 * 24 * 3600
    assert answer.cache_control.immutable
    assert "Cookie" not in answer.headers.get("Vary", "")


@pytest.mark.parametrize("address", ["/static/css/tokens.css", "/static/v-0123456789ab/css/tokens.css"])
def test_what_a_page_of_another_version_asks_for_is_answered_and_not_kept(owner: Visitor, address: str) -> None:
    answer = owner.get(address)
    assert answer.data == (FOLDER / "css/tokens.css").read_bytes()
    assert answer.cache_control.no_cache
    assert not answer.cache_control.immutable


@pytest.mark.parametrize("path", ["nowhere.css", "../core/assets.py", "js/../../core/assets.py"])
def test_nothing_else_is_served(owner: Visitor, path: str) -> None:
    assert owner.get(f"/static/v-{content_of_all()}/{path}").status_code == 404


def test_the_modules_of_the_sheet_are_all_it_can_reach() -> None:
    found = modules_of(SHEET)
    assert found[0] == SHEET
    assert len(set(found)) == len(found)
    imports = re.compile(r'^\s*(?:import|export)\b(?:[^;"]*\bfrom)?\s*"(\.[^"]+)";', re.MULTILINE)
    for path in found:
        for name in imports.findall((FOLDER / path).read_text(encoding="utf-8")):
            assert (FOLDER / path).parent.joinpath(name).resolve().relative_to(FOLDER).as_posix() in found
    assert {path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("js/sheet/*.js")} <= set(found)
