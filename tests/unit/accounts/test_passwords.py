"""Passwords."""

import re

import pytest
from argon2 import PasswordHasher

from app.accounts.passwords import generate_password, hash_password, is_outdated, password_problems, verify_password
from app.core.errors import BadInput


def test_a_hash_is_argon2id_and_fits_only_its_password() -> None:
    stored = hash_password("correct horse battery")
    assert stored.startswith("$argon2id$")
    assert verify_password(stored, "correct horse battery")
    assert not verify_password(stored, "correct horse batterz")


def test_nothing_fits_an_account_that_does_not_exist() -> None:
    assert not verify_password(None, "correct horse battery")


def test_a_broken_hash_fits_nothing() -> None:
    assert not verify_password("not a hash", "correct horse battery")


@pytest.mark.parametrize("password", ["", "123456789", "x" * 1025])
def test_a_password_of_the_wrong_length_is_refused_with_the_reason(password: str) -> None:
    assert password_problems(password)
    with pytest.raises(BadInput, match="The password"):
        hash_password(password)


def test_ten_characters_are_enough() -> None:
    assert password_problems("0123456789") == []


def test_generated_passwords_differ_and_can_be_used() -> None:
    first, second = generate_password(), generate_password()
    assert first != second
    assert re.fullmatch(r"([a-z2-9]{4}-){4}[a-z2-9]{4}", first)
    assert password_problems(first) == []


def test_a_hash_of_weaker_parameters_is_outdated() -> None:
    assert is_outdated(PasswordHasher(time_cost=1, memory_cost=1024).hash("correct horse battery"))
    assert not is_outdated(hash_password("correct horse battery"))
