"""answers to requests that mark pictures, so that one that was lost on the way can be given again"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "mark_answers",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("job_id", sa.Uuid(), sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
        sa.Column("user_id", sa.Uuid(), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_mark_answers_job_id", "mark_answers", ["job_id"])
    op.create_index("ix_mark_answers_user_id_created_at", "mark_answers", ["user_id", "created_at"])


def downgrade() -> None:
    op.drop_table("mark_answers")
