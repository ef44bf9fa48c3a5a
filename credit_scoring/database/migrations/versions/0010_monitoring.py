"""Monitoring: how long a decision took, the queue of what is not counted, counts, alarms.

Triggers add each new decision and outcome to the queue; the migration adds those of before.
"""

import sqlalchemy as sa
from alembic import op

from credit_scoring.database.triggers import refuse

revision = "0010"
down_revision = "0009"

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True)
QUEUED = {"decisions": ("decision", "decision_id"), "outcomes": ("outcome", "outcome_id")}
# Columns of alarm_changes that the webhook's delivery does not change.
IMMUTABLE = (
    "number, change_id, made_at, model_digest, rule, state, value, limit_value, since, message"
)


def upgrade() -> None:
    """Create the columns, the tables and the triggers, and fill the queue.

    The columns come first: on PostgreSQL they lock the table decisions until the end, so that no
    decision is stored between the trigger and the filling of the queue.
    """
    op.add_column("decisions", sa.Column("handler_ms", sa.Double))
    op.add_column("decisions", sa.Column("model_ms", sa.Double))
    refuse("decisions", "retiming", "UPDATE OF handler_ms, model_ms")
    _queue()
    _counts()
    _alarm_changes()


def _queue() -> None:
    op.create_table(
        "uncounted",
        sa.Column("record_kind", sa.String(8), primary_key=True),
        sa.Column("record_id", ID, primary_key=True),
        sqlite_with_rowid=False,
    )
    for table, (kind, id_column) in QUEUED.items():
        _create_queue_trigger(table, kind, id_column)
        op.execute(f"INSERT INTO uncounted SELECT '{kind}', {id_column} FROM {table}")  # noqa: S608


def _create_queue_trigger(table: str, kind: str, id_column: str) -> None:
    """A row that is in the queue already must not keep a decision from being stored."""
    row = f"('{kind}', NEW.{id_column})"
    name = f"{table}_uncounted"
    if op.get_bind().dialect.name == "sqlite":
        insert = f"INSERT OR IGNORE INTO uncounted VALUES {row}"  # noqa: S608
        op.execute(f"CREATE TRIGGER {name} AFTER INSERT ON {table} BEGIN {insert}; END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "  # noqa: S608
        f"INSERT INTO uncounted VALUES {row} ON CONFLICT DO NOTHING; RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} AFTER INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    )


def _counts() -> None:
    op.create_table(
        "monitoring_counts",
        sa.Column("model_digest", sa.String(64), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("model_version", sa.String(64), nullable=False),
        sa.Column("decisions", sa.Integer, nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
    )
    op.create_table(
        "monitoring_state",
        sa.Column("state_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("batch", sa.Integer, nullable=False),
    )
    op.execute("INSERT INTO monitoring_state VALUES (1, 0)")
    op.create_table(
        "refused_requests",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("kind", sa.String(64), primary_key=True),
        sa.Column("field", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
    )


def _alarm_changes() -> None:
    op.create_table(
        "alarm_changes",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("change_id", ID, nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("model_digest", sa.String(64), nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("value", sa.Double, nullable=False),
        sa.Column("limit_value", sa.Double, nullable=False),
        sa.Column("since", sa.Date),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("sent_at", TIME),
        sa.Column("attempts", sa.Integer, nullable=False),
    )
    refuse("alarm_changes", "delete", "DELETE")
    refuse("alarm_changes", "change", f"UPDATE OF {IMMUTABLE}")
    if op.get_bind().dialect.name == "postgresql":
        refuse("alarm_changes", "truncate", "TRUNCATE")
    else:  # SQLite's REPLACE would delete the row without asking the trigger of deletions
        existing = "SELECT 1 FROM alarm_changes WHERE number = NEW.number"
        refuse("alarm_changes", "replace", "INSERT", f"WHEN EXISTS ({existing})")
