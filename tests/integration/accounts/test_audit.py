"""The audit log only grows, and tells only of what was really done."""

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.models import AuditEvent
from app.audit.record import Actor, record
from app.core.database import db, transaction

SOMEBODY = Actor(user_id=None, address="cli")


@pytest.fixture
def event(app: Flask) -> AuditEvent:
    with transaction():
        record(SOMEBODY, "job.cancelled", workspace_id=None, subject_id=None, images=3)
    return db.session.scalars(select(AuditEvent)).one()


def test_an_event_holds_who_what_and_from_where(event: AuditEvent) -> None:
    assert (event.action, event.address, event.details) == ("job.cancelled", "cli", {"images": 3})


def test_an_event_cannot_be_changed(event: AuditEvent) -> None:
    with pytest.raises(RuntimeError, match="only ever added"), transaction() as session:
        session.get_one(AuditEvent, event.id).action = "nothing"


def test_an_event_cannot_be_deleted(event: AuditEvent) -> None:
    with pytest.raises(RuntimeError, match="only ever added"), transaction() as session:
        session.delete(session.get_one(AuditEvent, event.id))


def cancel_and_fail() -> None:
    with transaction():
        record(SOMEBODY, "job.cancelled", workspace_id=None, subject_id=None)
        raise ConnectionError


def test_what_was_rolled_back_was_not_done(app: Flask) -> None:
    with pytest.raises(ConnectionError):
        cancel_and_fail()
    assert db.session.scalars(select(AuditEvent)).all() == []
