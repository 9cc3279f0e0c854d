"""How people and workspaces are called."""

import pytest

from app.accounts.naming import email_problems, free_slug, name_from_email, plain_email, plain_name
from app.core.errors import BadInput


def test_an_address_is_kept_lower_case_without_spaces_around_it() -> None:
    assert plain_email("  Ana.Silva@Example.COM\n") == "ana.silva@example.com"


@pytest.mark.parametrize("address", ["ana@example.com", "a+b@sub.example.org", "ünal@example.com", "root@localhost"])
def test_an_address_is_accepted(address: str) -> None:
    assert email_problems(address) == []


@pytest.mark.parametrize(
    "address", ["", "ana", "@example.com", "ana@", "a b@example.com", "a@b@c", "a@b\x00c", "x" * 250 + "@e.com"]
)
def test_what_is_no_address_is_refused_with_a_sentence(address: str) -> None:
    assert email_problems(address) == ["This is not an e-mail address. It should look like name@example.com."]


def test_a_name_is_one_line_of_printable_characters() -> None:
    assert plain_name("  Ana\n\x00 Silva ", what="The name") == "Ana Silva"


@pytest.mark.parametrize("typed", ["", " \n\t", "x" * 81])
def test_an_empty_or_endless_name_is_refused(typed: str) -> None:
    with pytest.raises(BadInput, match=r"^The name"):
        plain_name(typed, what="The name")


@pytest.mark.parametrize(
    ("address", "name"),
    [("ana.silva@example.com", "Ana Silva"), ("bo_x-y@example.com", "Bo X Y"), (".@example.com", "Somebody")],
)
def test_a_name_is_made_from_the_address(address: str, name: str) -> None:
    assert name_from_email(address) == name


def test_a_handle_gets_a_number_when_others_have_it() -> None:
    taken = {"ana-silva", "ana-silva-2"}
    assert free_slug("Ana Silva", otherwise="somebody", is_taken=taken.__contains__) == "ana-silva-3"


def test_a_name_without_letters_still_gets_a_handle() -> None:
    assert free_slug("!!!", otherwise="somebody", is_taken=set().__contains__) == "somebody"
