"""Triggers, created by migrations, that make the database refuse changes to the log.

On PostgreSQL they call the function that migration 0003 creates.
"""

from alembic import op


def refuse(table: str, change: str, event: str, when: str = "") -> None:
    """Create a trigger on `table`, named after `change`, that refuses `event` ("UPDATE OF inputs").

    `when`: a WHEN clause that limits it to some rows.
    """
    if op.get_bind().dialect.name == "postgresql":
        rows = "STATEMENT" if event == "TRUNCATE" else "ROW"
        action = f"FOR EACH {rows} {when} EXECUTE FUNCTION appended_only()"
    else:
        action = (
            f"FOR EACH ROW {when} "
            f"BEGIN SELECT RAISE(ABORT, '{table} are appended, never changed'); END"
        )
    op.execute(f"CREATE TRIGGER {table}_no_{change} BEFORE {event} ON {table} {action}")


def allow(table: str, change: str) -> None:
    """Drop the trigger that `refuse` created."""
    place = f" ON {table}" if op.get_bind().dialect.name == "postgresql" else ""
    op.execute(f"DROP TRIGGER {table}_no_{change}{place}")
