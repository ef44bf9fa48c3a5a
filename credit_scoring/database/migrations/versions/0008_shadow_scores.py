"""Scores of a challenger, one per decision and challenger.

They are appended, and deleted only with the erasure of their decision. A score that arrives after
the erasure is not inserted.
"""

import sqlalchemy as sa
from alembic import op

from credit_scoring.database.triggers import refuse

revision = "0008"
down_revision = "0007"

TABLE = "shadow_scores"
KEEP_UNLESS_ERASED = """
CREATE FUNCTION kept_until_erasure() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF EXISTS (
        SELECT 1 FROM decisions WHERE decision_id = OLD.decision_id AND erased_at IS NOT NULL
    ) THEN RETURN OLD; END IF;
    RAISE EXCEPTION '% are appended, never changed', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
# FOR SHARE waits for an erasure that is in progress, and makes a later one wait.
SKIP_IF_ERASED = """
CREATE FUNCTION skip_if_erased() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM 1 FROM decisions WHERE decision_id = NEW.decision_id AND erased_at IS NULL FOR SHARE;
    IF FOUND THEN RETURN NEW; END IF;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Create the table and its triggers."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    id_type = sa.String(36, collation="C") if is_postgresql else sa.String(36)
    op.create_table(
        TABLE,
        sa.Column("decision_id", id_type, sa.ForeignKey("decisions.decision_id"), primary_key=True),
        sa.Column("challenger_digest", sa.String(64), primary_key=True),
        sa.Column("challenger_version", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("probability", sa.Double, nullable=False),
        sa.Column("threshold", sa.Double, nullable=False),
        sa.Column("score", sa.Integer, nullable=False),
    )
    refuse(TABLE, "change", "UPDATE")
    if is_postgresql:
        refuse(TABLE, "truncate", "TRUNCATE")
        _create_postgresql_triggers()
    else:
        _create_sqlite_triggers()


def _create_postgresql_triggers() -> None:
    for function, event in (("kept_until_erasure", "DELETE"), ("skip_if_erased", "INSERT")):
        op.execute(KEEP_UNLESS_ERASED if event == "DELETE" else SKIP_IF_ERASED)
        op.execute(
            f"CREATE TRIGGER {TABLE}_{function} BEFORE {event} ON {TABLE} "
            f"FOR EACH ROW EXECUTE FUNCTION {function}()"
        )


def _create_sqlite_triggers() -> None:
    erased = "SELECT 1 FROM decisions WHERE decision_id = {}.decision_id AND erased_at IS NOT NULL"
    refuse(TABLE, "delete", "DELETE", f"WHEN NOT EXISTS ({erased.format('OLD')})")
    same_key = "decision_id = NEW.decision_id AND challenger_digest = NEW.challenger_digest"
    existing = f"SELECT 1 FROM {TABLE} WHERE ({same_key}) OR rowid = NEW.rowid"  # noqa: S608
    refuse(TABLE, "replace", "INSERT", f"WHEN EXISTS ({existing})")
    op.execute(
        f"CREATE TRIGGER {TABLE}_skip_if_erased BEFORE INSERT ON {TABLE} "
        f"WHEN EXISTS ({erased.format('NEW')}) BEGIN SELECT RAISE(IGNORE); END"
    )
