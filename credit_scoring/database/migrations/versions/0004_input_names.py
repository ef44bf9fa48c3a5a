"""The names of inputs, once for all decisions that have the same: a decision then holds the values alone."""

import sqlalchemy as sa
from alembic import op

from credit_scoring.database.triggers import refuse

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table, the column that refers to it, and the triggers that keep both as they are."""
    op.create_table(
        "input_names",
        sa.Column("names_id", sa.String(16), primary_key=True),
        sa.Column("names", sa.Text, nullable=False),
    )
    # In words of SQL: Alembic would add the reference in a step of its own, which SQLite does not know.
    op.execute(
        "ALTER TABLE decisions ADD COLUMN names_id VARCHAR(16) REFERENCES input_names (names_id)"
    )
    refuse("input_names", "delete", "DELETE")
    refuse("input_names", "change", "UPDATE")
    refuse("decisions", "rename", "UPDATE OF names_id")
