"""Sign in, sign out, and who tries too often."""

import hashlib
import ipaddress
import math
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import select, update

from app.accounts.models import User
from app.accounts.naming import plain_email
from app.accounts.passwords import hash_password, is_outdated, verify_password
from app.accounts.sessions import SignedIn, delete_expired, end_session, open_session
from app.accounts.throttle import Limit, Throttle
from app.audit.record import Actor, record
from app.core.database import db, end_read, transaction
from app.core.errors import BadInput, TooMany

log = structlog.get_logger()

PER_ACCOUNT_AND_ADDRESS = Limit(attempts=8, seconds=15 * 60)
"""Together with the address, so that a stranger elsewhere cannot lock the owner out."""
PER_ADDRESS = Limit(attempts=100, seconds=15 * 60)
"""Against one password tried on many accounts; generous, because an office shares an address."""

REFUSED = "E-mail and password do not fit together. Check both and try again."
"""The same for a wrong password, an unknown address and a deactivated account."""
IPV6_HOME = 64
"""Bits of an IPv6 address that a customer is given; the rest can be changed at will."""


@dataclass(frozen=True, slots=True)
class Welcome:
    """Somebody has signed in. `token` goes into the cookie and nowhere else."""

    user_id: UUID
    token: str


def sign_in(email: str, password: str, *, address: str, throttle: Throttle, old_token: str | None = None) -> Welcome:
    """Open a session for the account. A session this browser had before ends.

    Raises TooMany after too many attempts, with the seconds to wait, and BadInput when the two do not fit.
    """
    typed = plain_email(email)
    _count_attempt(typed, address, throttle)
    user = db.session.scalars(select(User).where(User.email == typed, User.is_active)).one_or_none()
    found = (user.id, user.password_hash) if user else None
    end_read()
    if not verify_password(found[1] if found else None, password) or found is None:
        log.info("sign_in_refused", address=address)
        raise BadInput([REFUSED])
    throttle.forget(_pair_key(typed, address))
    return _welcome(*found, password, address=address, old_token=old_token)


def _welcome(user_id: UUID, checked_hash: str, password: str, *, address: str, old_token: str | None) -> Welcome:
    """Raises BadInput when the password was changed or the account deactivated while it was being checked."""
    fresh_hash = hash_password(password) if is_outdated(checked_hash) else checked_hash
    with transaction():
        same = update(User).where(User.id == user_id, User.password_hash == checked_hash, User.is_active)
        if not db.session.execute(same.values(password_hash=fresh_hash).returning(User.id)).first():
            raise BadInput([REFUSED])
        delete_expired()
        if old_token:
            end_session(old_token)
        token = open_session(user_id)
        record(Actor(user_id, address), "user.signed_in", workspace_id=None, subject_id=user_id)
    return Welcome(user_id, token)


def sign_out(asker: SignedIn, token: str, actor: Actor) -> None:
    """End this browser's session."""
    with transaction():
        end_session(token)
        record(actor, "user.signed_out", workspace_id=None, subject_id=asker.user.id)


def _count_attempt(email: str, address: str, throttle: Throttle) -> None:
    """Counted before the password is looked at, so that many attempts at once count as many."""
    waits = (
        throttle.attempt(_pair_key(email, address), PER_ACCOUNT_AND_ADDRESS),
        throttle.attempt(f"sign-in:address:{_network(address)}", PER_ADDRESS),
    )
    wait = max(waits)
    if wait:
        log.warning("sign_in_throttled", address=address)
        what = "to this account from your address" if waits[0] else "from your address"
        minutes = math.ceil(wait / 60)
        raise TooMany(f"Too many attempts to sign in {what}. Try again in {minutes} min.", retry_after=wait)


def _pair_key(email: str, address: str) -> str:
    """Hashed, so that Redis holds no addresses of people and no key of any length."""
    return f"sign-in:pair:{hashlib.sha256(f'{email} {_network(address)}'.encode()).hexdigest()}"


def _network(address: str) -> str:
    """The address itself for IPv4, the customer's network for IPv6."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped or ipaddress.ip_network((parsed, IPV6_HOME), strict=False))
    return str(parsed)
