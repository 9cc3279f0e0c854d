"""what is being done for a page, why it is held, moderation, tags that staff decide about, and what staff are told"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

STEPS = "'reading', 'moderating', 'writing', 'saving'"
HOLDS = "'violation', 'high', 'critical', 'unmoderated', 'unmarked'"
SEVERITIES = "'none', 'low', 'medium', 'high', 'critical'"
FAILURES = (
    "'timeout', 'unreachable', 'key', 'limit', 'server', 'rejected', 'refused', 'filtered', 'cut_short', 'incomplete', "
    "'unusable', 'picture', 'lost'"
)
WAITS_FOR_STAFF = sa.text("state IN ('needs_review', 'held') AND refused_at IS NULL")
FOR_STAFF = sa.text("workspace_id IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("workspaces") as workspaces:
        workspaces.add_column(sa.Column("writing_language", sa.String(), nullable=False, server_default="en"))
        workspaces.add_column(sa.Column("moderates_all", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("jobs", sa.Column("writing_cost", sa.BigInteger(), nullable=False, server_default="0"))
    _add_to_pages()
    op.execute("UPDATE pages SET held_for = 'violation' WHERE state = 'held'")
    op.execute("UPDATE pages SET review_since = updated_at WHERE state IN ('needs_review', 'held')")
    with op.batch_alter_table("pages") as pages:
        pages.create_check_constraint("ck_pages_published_not_held", "state <> 'published' OR held_for IS NULL")
        pages.create_check_constraint("ck_pages_held_for_something", "state <> 'held' OR held_for IS NOT NULL")
    op.create_index(
        "ix_pages_review_since",
        "pages",
        ["review_since"],
        postgresql_where=WAITS_FOR_STAFF,
        sqlite_where=WAITS_FOR_STAFF,
    )
    with op.batch_alter_table("tags") as tags:
        tags.add_column(sa.Column("state", sa.String(), nullable=False, server_default="known"))
        tags.add_column(sa.Column("merged_into_id", sa.Uuid(), nullable=True))
        tags.create_check_constraint("ck_tags_state", "state IN ('proposed', 'known', 'retired')")
        tags.create_check_constraint("ck_tags_merged", "merged_into_id IS NULL OR state = 'retired'")
        tags.create_foreign_key("fk_tags_merged_into_id_tags", "tags", ["merged_into_id"], ["id"])
    op.create_index("ix_tags_state_name", "tags", ["state", "name"])
    with op.batch_alter_table("notifications") as notifications:
        notifications.alter_column("workspace_id", existing_type=sa.Uuid(), nullable=True)
    op.create_index(
        "uq_notifications_for_staff",
        "notifications",
        ["occurrence"],
        unique=True,
        postgresql_where=FOR_STAFF,
        sqlite_where=FOR_STAFF,
    )


def _add_to_pages() -> None:
    with op.batch_alter_table("pages") as pages:
        pages.add_column(sa.Column("step", sa.String(), nullable=True))
        pages.add_column(sa.Column("failure", sa.String(), nullable=True))
        pages.add_column(sa.Column("held_for", sa.String(), nullable=True))
        pages.add_column(sa.Column("severity", sa.String(), nullable=True))
        pages.add_column(sa.Column("moderated_by", sa.String(), nullable=True))
        pages.add_column(sa.Column("moderation", sa.JSON(), nullable=False, server_default="{}"))
        pages.add_column(sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True))
        pages.add_column(sa.Column("review_since", sa.DateTime(timezone=True), nullable=True))
        pages.add_column(sa.Column("waits", sa.Integer(), nullable=False, server_default="0"))
        pages.add_column(sa.Column("language", sa.String(), nullable=False, server_default="en"))
        pages.add_column(sa.Column("writing_cost", sa.BigInteger(), nullable=False, server_default="0"))
        pages.create_check_constraint("ck_pages_step", f"step IN ({STEPS})")
        pages.create_check_constraint("ck_pages_failure", f"failure IN ({FAILURES})")
        pages.create_check_constraint("ck_pages_held_for", f"held_for IN ({HOLDS})")
        pages.create_check_constraint("ck_pages_severity", f"severity IN ({SEVERITIES})")


def downgrade() -> None:
    op.drop_index("uq_notifications_for_staff", "notifications")
    op.execute("DELETE FROM notifications WHERE workspace_id IS NULL")
    with op.batch_alter_table("notifications") as notifications:
        notifications.alter_column("workspace_id", existing_type=sa.Uuid(), nullable=False)
    op.drop_index("ix_tags_state_name", "tags")
    op.execute("DELETE FROM page_tags WHERE tag_id IN (SELECT id FROM tags WHERE state <> 'known')")
    op.execute("UPDATE tags SET merged_into_id = NULL")
    op.execute("DELETE FROM tags WHERE state <> 'known'")
    with op.batch_alter_table("tags") as tags:
        tags.drop_constraint("fk_tags_merged_into_id_tags", type_="foreignkey")
        tags.drop_constraint("ck_tags_merged", type_="check")
        tags.drop_constraint("ck_tags_state", type_="check")
        tags.drop_column("merged_into_id")
        tags.drop_column("state")
    op.drop_index("ix_pages_review_since", "pages")
    with op.batch_alter_table("pages") as pages:
        for name in ("held_for_something", "published_not_held", "severity", "held_for", "failure", "step"):
            pages.drop_constraint(f"ck_pages_{name}", type_="check")
        for column in (
            *("writing_cost", "language", "waits", "review_since", "approved_at", "moderation", "moderated_by"),
            *("severity", "held_for", "failure", "step"),
        ):
            pages.drop_column(column)
    op.drop_column("jobs", "writing_cost")
    with op.batch_alter_table("workspaces") as workspaces:
        workspaces.drop_column("moderates_all")
        workspaces.drop_column("writing_language")
