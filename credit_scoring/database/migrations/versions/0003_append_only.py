"""The database itself refuses what the log never does: to delete or to change, but for what erasure takes."""

from alembic import op

from credit_scoring.database.triggers import refuse

revision = "0003"
down_revision = "0002"

STAYS = {
    "decisions": (
        "decision_id, made_at, request_id, key_id, kind, model_digest, model_version, probability, threshold, score, "
        "decision, risk_level, credit_score"
    ),
    "reviews": "review_id, decision_id, made_at, key_id, outcome, reviewer",
    "outcomes": "outcome_id, decision_id, made_at, key_id, outcome",
}
# What erasure takes, and what an update of it must do: set all of it to NULL, once.
ONCE = "OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL"
NOTHING_LEFT = "coalesce(NEW.inputs, NEW.reasons, NEW.applicant_id, NEW.idempotency_key) IS NULL"
GOES = {
    "decisions": (
        "inputs, reasons, applicant_id, idempotency_key, erased_at, erased_because",
        f"{ONCE} AND {NOTHING_LEFT}",
    ),
    "reviews": ("reason", "NEW.reason IS NULL"),
}


def upgrade() -> None:
    """Make the triggers."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION appended_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION '% are appended, never changed', TG_TABLE_NAME "
            "USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
    for table, columns in STAYS.items():
        refuse(table, "delete", "DELETE")
        refuse(table, "change", f"UPDATE OF {columns}")
    for table, (columns, erasing) in GOES.items():
        refuse(table, "refill", f"UPDATE OF {columns}", f"WHEN (NOT ({erasing}))")
