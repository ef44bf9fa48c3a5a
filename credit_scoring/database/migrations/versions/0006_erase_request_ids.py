"""An erasure includes the request id, which the client may have chosen.

Answers without a decision, which earlier versions kept, are deleted: no erasure finds them.
"""

from alembic import op

from credit_scoring.database.triggers import allow, refuse

revision = "0006"
down_revision = "0005"

IMMUTABLE = (
    "decision_id, made_at, key_id, kind, model_digest, model_version, "
    "probability, threshold, score, decision, risk_level, credit_score"
)
ERASABLE = "request_id, inputs, reasons, applicant_id, idempotency_key, erased_at, erased_because"
FIRST_ERASURE = "OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL"
ALL_ERASED = (
    "coalesce(NEW.inputs, NEW.reasons, NEW.applicant_id, NEW.idempotency_key) IS NULL "
    "AND NEW.request_id = ''"
)


def upgrade() -> None:
    """Replace the triggers of the table decisions, and erase what earlier erasures left."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("PRAGMA secure_delete = ON")  # overwrites with zeros
    allow("decisions", "change")
    allow("decisions", "refill")
    op.execute("UPDATE decisions SET request_id = '' WHERE erased_at IS NOT NULL")
    refuse("decisions", "change", f"UPDATE OF {IMMUTABLE}")
    erasure = f"{FIRST_ERASURE} AND {ALL_ERASED}"
    refuse("decisions", "refill", f"UPDATE OF {ERASABLE}", f"WHEN (NOT ({erasure}))")
    op.execute(
        "DELETE FROM kept_answers WHERE (key_id, idempotency_key) NOT IN "
        "(SELECT key_id, idempotency_key FROM decisions WHERE idempotency_key IS NOT NULL)"
    )
