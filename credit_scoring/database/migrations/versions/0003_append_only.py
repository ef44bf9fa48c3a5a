"""Append-only tables: the database refuses deletions, and changes other than an erasure."""

from alembic import op

from credit_scoring.database.triggers import refuse

revision = "0003"
down_revision = "0002"

# Columns that never change.
IMMUTABLE = {
    "decisions": (
        "decision_id, made_at, request_id, key_id, kind, model_digest, model_version, "
        "probability, threshold, score, decision, risk_level, credit_score"
    ),
    "reviews": "review_id, decision_id, made_at, key_id, outcome, reviewer",
    "outcomes": "outcome_id, decision_id, made_at, key_id, outcome",
}
FIRST_ERASURE = "OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL"
ALL_ERASED = "coalesce(NEW.inputs, NEW.reasons, NEW.applicant_id, NEW.idempotency_key) IS NULL"
# Columns that erasure sets to NULL, and the only update of them that is allowed.
ERASABLE = {
    "decisions": (
        "inputs, reasons, applicant_id, idempotency_key, erased_at, erased_because",
        f"{FIRST_ERASURE} AND {ALL_ERASED}",
    ),
    "reviews": ("reason", "NEW.reason IS NULL"),
}


def upgrade() -> None:
    """Create the triggers."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION appended_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION '% are appended, never changed', TG_TABLE_NAME "
            "USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
    for table, columns in IMMUTABLE.items():
        refuse(table, "delete", "DELETE")
        refuse(table, "change", f"UPDATE OF {columns}")
    for table, (columns, erasure) in ERASABLE.items():
        refuse(table, "refill", f"UPDATE OF {columns}", f"WHEN (NOT ({erasure}))")
