"""What the database itself refuses, as the migrations make it; of a PostgreSQL with the function of migration 0003."""

from alembic import op


def refuse(table: str, what: str, event: str, when: str = "") -> None:
    """Make a trigger, named after `table` and `what`, that refuses `event` ("UPDATE OF inputs"), only `when`."""
    done = (
        "EXECUTE FUNCTION appended_only()"
        if op.get_bind().dialect.name == "postgresql"
        else f"BEGIN SELECT RAISE(ABORT, '{table} are appended, never changed'); END"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_{what} BEFORE {event} ON {table} FOR EACH ROW {when} {done}"
    )
