"""What machines ask: is the process alive, is it ready for requests."""

from flask import Blueprint, make_response
from flask.typing import ResponseReturnValue

from app.accounts.access import public
from app.core.database import db
from app.generation.studio import studio
from app.operations.health import readiness

blueprint = Blueprint("operations", __name__)


@blueprint.get("/livez")
@public
def livez() -> ResponseReturnValue:
    """200 as long as the process answers; asks nobody else."""
    return _uncached({"status": "ok"}, 200)


@blueprint.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """200 when database, Redis and store can be used, else 503; says which one cannot."""
    checks = readiness(db.engine, studio().settings.redis_url, studio().storage)
    ready = all(check.well for check in checks)
    body: dict[str, object] = {
        "status": "ready" if ready else "not ready",
        "checks": {
            check.name: {"ok": check.well} | ({} if check.well else {"message": check.advice}) for check in checks
        },
    }
    return _uncached(body, 200 if ready else 503)


def _uncached(body: dict[str, object], status: int) -> ResponseReturnValue:
    response = make_response(body, status)
    response.headers["Cache-Control"] = "no-store"
    return response
