"""Every change of an image's state and attempt, noted by the database itself: nothing can pass between two looks."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from app.core.database import db, transaction
from app.generation.states import IMAGE_MOVES, ImageState

SQLITE = """
CREATE TRIGGER note_move AFTER UPDATE OF state, attempt ON images
WHEN OLD.state <> NEW.state OR OLD.attempt <> NEW.attempt
BEGIN INSERT INTO image_history (image_id, before, after, attempt_before, attempt_after)
      VALUES (OLD.id, OLD.state, NEW.state, OLD.attempt, NEW.attempt); END
"""
POSTGRES = """
CREATE FUNCTION note_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO image_history (image_id, before, after, attempt_before, attempt_after)
      VALUES (OLD.id, OLD.state, NEW.state, OLD.attempt, NEW.attempt); RETURN NULL; END $$;
CREATE TRIGGER note_move AFTER UPDATE OF state, attempt ON images FOR EACH ROW
WHEN (OLD.state <> NEW.state OR OLD.attempt <> NEW.attempt) EXECUTE FUNCTION note_move()
"""


@dataclass(frozen=True, slots=True)
class Move:
    """One UPDATE of an image."""

    image_id: UUID
    before: str
    after: str
    attempt_before: int
    attempt_after: int


def keep_history() -> None:
    """From now on every move is noted."""
    with transaction() as session:
        sqlite = session.get_bind().dialect.name == "sqlite"
        key = "INTEGER PRIMARY KEY" if sqlite else "BIGSERIAL PRIMARY KEY"
        session.execute(
            text(
                f"CREATE TABLE image_history (number {key}, image_id {'TEXT' if sqlite else 'UUID'}, before TEXT,"
                " after TEXT, attempt_before INTEGER, attempt_after INTEGER)"
            )
        )
        for statement in [SQLITE] if sqlite else POSTGRES.split(";\nCREATE TRIGGER"):
            session.execute(
                text(statement if statement.lstrip().startswith("CREATE") else "CREATE TRIGGER" + statement)
            )


def moves() -> list[Move]:
    """Every move so far, in order."""
    db.session.rollback()
    rows = db.session.execute(
        text("SELECT image_id, before, after, attempt_before, attempt_after FROM image_history ORDER BY number")
    )
    return [Move(UUID(str(image_id)), *rest) for image_id, *rest in rows]


def wrong_moves() -> list[Move]:
    """Moves that no table allows, attempts that shrank, and pictures that were lost again."""
    return [move for move in moves() if not _is_right(move)]


def _is_right(move: Move) -> bool:
    if move.attempt_after < move.attempt_before:
        return False
    return move.before == move.after or ImageState(move.after) in IMAGE_MOVES[ImageState(move.before)]
