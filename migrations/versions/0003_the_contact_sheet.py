"""ratings, who marked, the trash of the sheet, and what new pictures are marked with"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TRASHED = sa.text("trashed_at IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("images") as images:
        images.add_column(sa.Column("rating", sa.Integer(), nullable=False, server_default="0"))
        images.add_column(sa.Column("marked_by", sa.Uuid(), nullable=True))
        images.add_column(sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True))
        images.add_column(sa.Column("trashed_at", sa.DateTime(timezone=True), nullable=True))
        images.add_column(sa.Column("trashed_by", sa.Uuid(), nullable=True))
        images.create_check_constraint("ck_images_rating", "rating BETWEEN 0 AND 5")
        images.create_foreign_key("fk_images_marked_by_users", "users", ["marked_by"], ["id"])
        images.create_foreign_key("fk_images_trashed_by_users", "users", ["trashed_by"], ["id"])
    op.create_index("ix_images_trashed_at", "images", ["trashed_at"], postgresql_where=TRASHED, sqlite_where=TRASHED)
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("trashed_count", sa.Integer(), nullable=False, server_default="0"))
        jobs.add_column(sa.Column("default_mark", sa.String(), nullable=False, server_default="none"))
        jobs.create_check_constraint("ck_jobs_default_mark", "default_mark IN ('none', 'keep')")


def downgrade() -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_constraint("ck_jobs_default_mark", type_="check")
        jobs.drop_column("default_mark")
        jobs.drop_column("trashed_count")
    op.drop_index("ix_images_trashed_at", "images")
    with op.batch_alter_table("images") as images:
        images.drop_constraint("fk_images_trashed_by_users", type_="foreignkey")
        images.drop_constraint("fk_images_marked_by_users", type_="foreignkey")
        images.drop_constraint("ck_images_rating", type_="check")
        for column in ("trashed_by", "trashed_at", "marked_at", "marked_by", "rating"):
            images.drop_column(column)
