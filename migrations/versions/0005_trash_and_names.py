"""plans, the trash of pages and jobs, names of public pictures, receipts, and what is still to be removed"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

DELETED = sa.text("deleted_at IS NOT NULL")
NAMES_DUE = sa.text("names_due_at IS NOT NULL")
TRASHED = sa.text("trashed_at IS NOT NULL")


def upgrade() -> None:
    _make_plans()
    with op.batch_alter_table("workspaces") as workspaces:
        workspaces.add_column(sa.Column("plan", sa.String(), nullable=False, server_default="free"))
        workspaces.create_foreign_key("fk_workspaces_plan_plans", "plans", ["plan"], ["id"])
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
        jobs.add_column(sa.Column("deleted_by", sa.Uuid(), nullable=True))
        jobs.add_column(sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True))
        jobs.add_column(sa.Column("purged_count", sa.Integer(), nullable=False, server_default="0"))
        jobs.add_column(sa.Column("purged_cost", sa.BigInteger(), nullable=False, server_default="0"))
        jobs.create_foreign_key("fk_jobs_deleted_by_users", "users", ["deleted_by"], ["id"])
    op.create_index("ix_jobs_deleted_at", "jobs", ["deleted_at"], postgresql_where=DELETED, sqlite_where=DELETED)
    op.add_column("assets", sa.Column("credentials", sa.JSON(), nullable=True))
    _add_to_pages()
    _make_names_and_removals()
    _make_receipts()
    op.create_table(
        "chores",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("night", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("report", sa.JSON(), nullable=False),
    )


def _make_plans() -> None:
    plans = op.create_table(
        "plans",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("trash_days", sa.Integer(), nullable=False),
        sa.Column("uploads_per_week", sa.Integer(), nullable=True),
        sa.Column("uploads_per_hour", sa.Integer(), nullable=False),
    )
    op.bulk_insert(
        plans,
        [
            {"id": "free", "name": "Free", "trash_days": 5, "uploads_per_week": 100, "uploads_per_hour": 20},
            {"id": "premium", "name": "Premium", "trash_days": 30, "uploads_per_week": None, "uploads_per_hour": 200},
        ],
    )


def _add_to_pages() -> None:
    with op.batch_alter_table("pages") as pages:
        pages.add_column(sa.Column("trashed_by", sa.Uuid(), nullable=True))
        pages.add_column(sa.Column("trashed_from", sa.String(), nullable=True))
        pages.add_column(sa.Column("trashed_with_job", sa.Boolean(), nullable=False, server_default=sa.false()))
        pages.add_column(sa.Column("names_due_at", sa.DateTime(timezone=True), nullable=True))
        pages.create_foreign_key("fk_pages_trashed_by_users", "users", ["trashed_by"], ["id"])
    op.execute("UPDATE pages SET trashed_at = updated_at WHERE state = 'trashed' AND trashed_at IS NULL")
    op.execute("UPDATE pages SET trashed_at = NULL WHERE state <> 'trashed'")
    # The pictures of what is published get their public names by the first sweep.
    op.execute("UPDATE pages SET names_due_at = updated_at WHERE state = 'published'")
    with op.batch_alter_table("pages") as pages:
        pages.create_check_constraint("ck_pages_trashed_at", "(state = 'trashed') = (trashed_at IS NOT NULL)")
    op.create_index(
        "ix_pages_names_due_at", "pages", ["names_due_at"], postgresql_where=NAMES_DUE, sqlite_where=NAMES_DUE
    )
    op.create_index("ix_pages_trashed_at", "pages", ["trashed_at"], postgresql_where=TRASHED, sqlite_where=TRASHED)


def _make_names_and_removals() -> None:
    op.create_table(
        "picture_names",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("page_id", sa.Uuid(), sa.ForeignKey("pages.id", ondelete="CASCADE"), nullable=False),
        sa.Column("stem", sa.String(), nullable=False, unique=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('copying', 'live', 'retired')", name="ck_picture_names_state"),
    )
    op.create_index("ix_picture_names_page_id_state", "picture_names", ["page_id", "state"])
    op.create_table(
        "removals",
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_removals_due_at", "removals", ["due_at"])


def _make_receipts() -> None:
    op.create_table(
        "job_receipts",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_by", sa.String(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prompts", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("estimated_cost", sa.BigInteger(), nullable=False),
        sa.Column("actual_cost", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_job_receipts_workspace_id_deleted_at", "job_receipts", ["workspace_id", "deleted_at"])
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER job_receipts_no_{act.lower()} BEFORE {act} ON job_receipts "
                "BEGIN SELECT RAISE(ABORT, 'receipts are append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_receipt_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'receipts are append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER job_receipts_append_only BEFORE UPDATE OR DELETE ON job_receipts "
        "FOR EACH ROW EXECUTE FUNCTION refuse_receipt_change()"
    )


def downgrade() -> None:
    op.drop_table("chores")
    op.drop_table("job_receipts")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_receipt_change()")
    op.drop_table("removals")
    op.drop_table("picture_names")
    op.drop_index("ix_pages_trashed_at", "pages")
    op.drop_index("ix_pages_names_due_at", "pages")
    with op.batch_alter_table("pages") as pages:
        pages.drop_constraint("ck_pages_trashed_at", type_="check")
        pages.drop_constraint("fk_pages_trashed_by_users", type_="foreignkey")
        for column in ("names_due_at", "trashed_with_job", "trashed_from", "trashed_by"):
            pages.drop_column(column)
    op.drop_column("assets", "credentials")
    op.drop_index("ix_jobs_deleted_at", "jobs")
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_constraint("fk_jobs_deleted_by_users", type_="foreignkey")
        for column in ("purged_cost", "purged_count", "purged_at", "deleted_by", "deleted_at"):
            jobs.drop_column(column)
    with op.batch_alter_table("workspaces") as workspaces:
        workspaces.drop_constraint("fk_workspaces_plan_plans", type_="foreignkey")
        workspaces.drop_column("plan")
    op.drop_table("plans")
