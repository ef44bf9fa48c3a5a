"""Append-only tables: SQLite's REPLACE and PostgreSQL's TRUNCATE are refused, too.

REPLACE deletes the rows with the same key or rowid, and fires no trigger for a deletion unless a
connection asks for it. TRUNCATE fires no trigger of a row.
"""

from alembic import op

from credit_scoring.database.triggers import refuse

revision = "0005"
down_revision = "0004"

# The condition of a row that an inserted one would replace. Equal input names may be sent again.
REPLACED = {
    "decisions": "decision_id = NEW.decision_id",
    "reviews": "review_id = NEW.review_id",
    "outcomes": "outcome_id = NEW.outcome_id",
    "input_names": "names_id = NEW.names_id AND names <> NEW.names",
}


def upgrade() -> None:
    """Create the triggers."""
    for table, replaced in REPLACED.items():
        if op.get_bind().dialect.name == "postgresql":
            refuse(table, "truncate", "TRUNCATE")
            continue
        existing = f"SELECT 1 FROM {table} WHERE {replaced} OR rowid = NEW.rowid"  # noqa: S608
        refuse(table, "replace", "INSERT", f"WHEN EXISTS ({existing})")
        refuse(table, "renumber", "UPDATE", "WHEN NEW.rowid <> OLD.rowid")
