"""Passwords: argon2id, and what a new one must be."""

import secrets
from functools import lru_cache

from argon2 import PasswordHasher, profiles
from argon2.exceptions import InvalidHashError, VerificationError

from app.core.errors import BadInput

MIN_LENGTH = 10
MAX_LENGTH = 1024
"""Longer ones would only cost time to hash."""
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without characters that look alike."""

_hasher = PasswordHasher.from_parameters(profiles.RFC_9106_LOW_MEMORY)


def hash_password(password: str) -> str:
    """The argon2id hash, with its parameters and salt. Raises BadInput when the password is too short or too long."""
    problems = password_problems(password)
    if problems:
        raise BadInput(problems)
    return _hasher.hash(password)


def password_problems(password: str) -> list[str]:
    """Every reason why this cannot be a password, as sentences."""
    if len(password) < MIN_LENGTH:
        return [f"The password needs at least {MIN_LENGTH} characters; this one has {len(password)}."]
    if len(password) > MAX_LENGTH:
        return [f"The password may have at most {MAX_LENGTH} characters."]
    return []


def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password fits. Without an account it takes just as long, so that time tells nothing."""
    nobody = _hash_of_nobody()
    try:
        fits = _hasher.verify(stored or nobody, password[: MAX_LENGTH + 1])
    except (VerificationError, InvalidHashError):
        return False
    return fits and stored is not None


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def generate_password() -> str:
    """Five groups of four characters, about 99 bits: easy to read out and to type."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(5))


@lru_cache(maxsize=1)
def _hash_of_nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe(24))
