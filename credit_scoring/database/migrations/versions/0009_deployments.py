"""The log of deployed models, append-only; its newest row names the model in use."""

import sqlalchemy as sa
from alembic import op

from credit_scoring.database.triggers import refuse

revision = "0009"
down_revision = "0008"

TABLE = "deployments"


def upgrade() -> None:
    """Create the table and the triggers that make it append-only."""
    op.create_table(
        TABLE,
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("revision", sa.Text, nullable=False),
        sa.Column("replaced_version", sa.String(64), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
    refuse(TABLE, "delete", "DELETE")
    refuse(TABLE, "change", "UPDATE")
    if op.get_bind().dialect.name == "postgresql":
        refuse(TABLE, "truncate", "TRUNCATE")
    else:  # SQLite's REPLACE would delete the row without asking the trigger of deletions
        existing = f"SELECT 1 FROM {TABLE} WHERE number = NEW.number"  # noqa: S608
        refuse(TABLE, "replace", "INSERT", f"WHEN EXISTS ({existing})")
