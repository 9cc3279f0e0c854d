"""what the engine learns, what staff set, and what people are told"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

OUTCOMES = (
    "'intended', 'succeeded', 'transient', 'content_policy', 'permanent', 'quota', 'auth', 'ambiguous', 'abandoned', "
    "'lost', 'withdrawn'"
)
REROUTED = sa.text("rerouted AND state = 'queued'")
UNREAD = sa.text("read_at IS NULL")
POLLED = sa.text("poll_at IS NOT NULL")
BILLED = sa.text("may_have_billed AND asset_id IS NULL")


def upgrade() -> None:
    op.create_table(
        "model_settings",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("images_per_minute", sa.Float(), nullable=True),
        sa.Column("disabled_reason", sa.Text(), nullable=True),
        sa.Column("shutdown_date", sa.Date(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["changed_by"], ["users.id"]),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "provider_pauses",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account"),
    )
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("occurrence", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("workspace_id", "occurrence", name="uq_notifications_workspace_id_occurrence"),
    )
    op.create_index("ix_notifications_workspace_id_created_at", "notifications", ["workspace_id", "created_at"])
    op.create_index(
        "ix_notifications_unread", "notifications", ["workspace_id"], postgresql_where=UNREAD, sqlite_where=UNREAD
    )
    op.add_column("workspaces", sa.Column("fallback_prompt", sa.Text(), nullable=False, server_default=""))
    op.add_column("jobs", sa.Column("paused_for", sa.String(), nullable=True))
    op.add_column("images", sa.Column("rerouted", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_images_rerouted", "images", ["model", "job_id"], postgresql_where=REROUTED, sqlite_where=REROUTED
    )
    op.create_index("ix_images_job_id_finished_at", "images", ["job_id", "finished_at"])
    op.add_column("images", sa.Column("fallback_prompt", sa.Text(), nullable=False, server_default=""))
    op.add_column("images", sa.Column("fallback_source", sa.String(), nullable=True))
    with op.batch_alter_table("attempts") as attempts:
        attempts.add_column(sa.Column("poll_at", sa.DateTime(timezone=True), nullable=True))
        attempts.drop_constraint("ck_attempts_outcome", type_="check")
        attempts.create_check_constraint("ck_attempts_outcome", f"outcome IN ({OUTCOMES}, 'cancelled')")
    op.create_index("ix_attempts_poll_at", "attempts", ["poll_at"], postgresql_where=POLLED, sqlite_where=POLLED)
    op.create_index(
        "ix_attempts_billed_without_picture",
        "attempts",
        ["image_id"],
        postgresql_where=BILLED,
        sqlite_where=BILLED,
    )


def downgrade() -> None:
    op.drop_index("ix_attempts_billed_without_picture", "attempts")
    op.drop_index("ix_attempts_poll_at", "attempts")
    op.execute("UPDATE attempts SET outcome = 'permanent' WHERE outcome = 'cancelled'")
    with op.batch_alter_table("attempts") as attempts:
        attempts.drop_constraint("ck_attempts_outcome", type_="check")
        attempts.create_check_constraint("ck_attempts_outcome", f"outcome IN ({OUTCOMES})")
        attempts.drop_column("poll_at")
    op.drop_index("ix_images_job_id_finished_at", "images")
    op.drop_index("ix_images_rerouted", "images")
    op.drop_column("images", "fallback_source")
    op.drop_column("images", "fallback_prompt")
    op.drop_column("images", "rerouted")
    op.drop_column("workspaces", "fallback_prompt")
    op.drop_column("jobs", "paused_for")
    op.drop_index("ix_notifications_unread", "notifications")
    op.drop_index("ix_notifications_workspace_id_created_at", "notifications")
    op.drop_table("notifications")
    op.drop_table("provider_pauses")
    op.drop_table("model_settings")
