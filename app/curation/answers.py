"""Answers to requests that mark, in JSON, and kept for a day for those whose way back was cut.

Only the answer tells what a range of pictures was marked with before. Without it the range could not be undone, and a
request that is sent again finds everything changed already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from app.core.database import db, db_now
from app.core.errors import Conflict
from app.curation.forms import Change
from app.curation.models import MarkAnswer
from app.curation.runs import format_runs

KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Marked:
    """The outcome of one request. `before` are the changes that take it back; `skipped` are,
    by the number of a change within the request, the positions it could not be made to.
    """

    revision: int
    kept: int
    rejected: int
    unmarked: int
    trashed: int
    before: Sequence[Change]
    skipped: Mapping[int, Sequence[int]]

    def json(self) -> dict[str, Any]:
        """As pages get it: positions as runs."""
        return {
            "revision": self.revision,
            "kept": self.kept,
            "rejected": self.rejected,
            "unmarked": self.unmarked,
            "trashed": self.trashed,
            "before": [{"at": format_runs(each.at), each.what: each.value} for each in self.before],
            "skipped": [{"change": number, "at": format_runs(sorted(at))} for number, at in self.skipped.items()],
        }


def answer_given(request_id: UUID, job_id: UUID, user_id: UUID) -> dict[str, Any] | None:
    """The answer this request got when it came before. Raises Conflict for the id of another one's request."""
    given = db.session.get(MarkAnswer, request_id)
    if given is None:
        return None
    if (given.job_id, given.user_id) != (job_id, user_id):
        raise Conflict("Another request was named so. Reload the page and mark again.")
    return given.answer


def keep_answer(request_id: UUID, job_id: UUID, user_id: UUID, answer: dict[str, Any]) -> None:
    """Within the transaction of what was changed; the person's answers of earlier days go."""
    now = db_now()
    old = select(MarkAnswer.id).where(MarkAnswer.user_id == user_id, MarkAnswer.created_at < now - KEPT).limit(100)
    db.session.execute(delete(MarkAnswer).where(MarkAnswer.id.in_(old)).execution_options(synchronize_session=False))
    db.session.add(MarkAnswer(id=request_id, job_id=job_id, user_id=user_id, answer=answer, created_at=now))
