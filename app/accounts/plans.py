"""What a workspace may do, as data: rows that an operator can change while everything runs."""

from uuid import UUID

from sqlalchemy import select

from app.accounts.models import Plan, Workspace
from app.audit.record import Actor, record
from app.core.database import db, transaction
from app.core.errors import BadInput


def all_plans() -> list[Plan]:
    return list(db.session.scalars(select(Plan).order_by(Plan.trash_days, Plan.id)))


def plan_of(workspace_id: UUID) -> Plan:
    """The plan of a workspace."""
    return db.session.scalars(
        select(Plan).join(Workspace, Workspace.plan == Plan.id).where(Workspace.id == workspace_id)
    ).one()


def change_plan(workspace_id: UUID, plan: str, actor: Actor) -> None:
    """Put the workspace on another plan, at once for everything. Raises BadInput for a plan there is none of."""
    with transaction() as session:
        known = [each.id for each in all_plans()]
        if plan not in known:
            raise BadInput([f"There is no plan “{plan}”. There are {', '.join(known)}."])
        workspace = session.get_one(Workspace, workspace_id, with_for_update=True)
        before, workspace.plan = workspace.plan, plan
        record(actor, "workspace.plan_changed", workspace_id=workspace_id, subject_id=None, before=before, plan=plan)
