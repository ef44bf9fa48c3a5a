"""Input names, stored once per set of names; a decision then holds only the values."""

import sqlalchemy as sa
from alembic import op

from credit_scoring.database.triggers import refuse

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table, the column that refers to it, and the triggers that protect both."""
    op.create_table(
        "input_names",
        sa.Column("names_id", sa.String(16), primary_key=True),
        sa.Column("names", sa.Text, nullable=False),
    )
    # In SQL: Alembic would add the foreign key in a separate statement that SQLite does not have.
    op.execute(
        "ALTER TABLE decisions ADD COLUMN names_id VARCHAR(16) REFERENCES input_names (names_id)"
    )
    refuse("input_names", "delete", "DELETE")
    refuse("input_names", "change", "UPDATE")
    refuse("decisions", "rename", "UPDATE OF names_id")
