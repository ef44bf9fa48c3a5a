"""The names of inputs, once for all decisions that have the same: a decision then holds the values alone."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

NEVER = (("input_names", "delete", "DELETE"), ("input_names", "change", "UPDATE"))


def upgrade() -> None:
    """Make the table, the column that refers to it, and the triggers that keep both as they are."""
    op.create_table(
        "input_names",
        sa.Column("names_id", sa.String(16), primary_key=True),
        sa.Column("names", sa.Text, nullable=False),
    )
    # In words of SQL: Alembic would add the reference in a step of its own, which SQLite does not know.
    op.execute("ALTER TABLE decisions ADD COLUMN names_id VARCHAR(16) REFERENCES input_names (names_id)")
    for table, what, event in (*NEVER, ("decisions", "rename", "UPDATE OF names_id")):
        _refuse(table, what, event)


def _refuse(table: str, what: str, event: str) -> None:
    done = (
        "EXECUTE FUNCTION appended_only()"
        if op.get_bind().dialect.name == "postgresql"
        else f"BEGIN SELECT RAISE(ABORT, '{table} are appended, never changed'); END"
    )
    op.execute(f"CREATE TRIGGER {table}_no_{what} BEFORE {event} ON {table} FOR EACH ROW {done}")
