"""The decision log: decisions, reviews, outcomes and responses stored by idempotency key."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the four tables."""
    _decisions()
    _reviews()
    _outcomes()
    op.create_table(
        "kept_answers",
        sa.Column("key_id", sa.String(64), primary_key=True),
        sa.Column("idempotency_key", sa.String(255), primary_key=True),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("body_digest", sa.String(64), nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
    )


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("decision_id", ID, primary_key=True),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("request_id", sa.String(128), nullable=False),
        sa.Column("key_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("model_digest", sa.String(64), nullable=False),
        sa.Column("model_version", sa.String(64), nullable=False),
        sa.Column("inputs", sa.Text),
        sa.Column("probability", sa.Double, nullable=False),
        sa.Column("threshold", sa.Double, nullable=False),
        sa.Column("score", sa.Integer, nullable=False),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("risk_level", sa.String(16), nullable=False),
        sa.Column("credit_score", sa.Integer, nullable=False),
        sa.Column("reasons", sa.Text),
        sa.Column("applicant_id", sa.String(128)),
        sa.Column("idempotency_key", sa.String(255)),
        sa.Column("erased_at", TIME),
        sa.Column("erased_because", sa.String(16)),
    )
    has_applicant = sa.text("applicant_id IS NOT NULL")
    op.create_index(
        "decisions_of_applicant",
        "decisions",
        ["applicant_id", "decision_id"],
        sqlite_where=has_applicant,
        postgresql_where=has_applicant,
    )


def _reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("review_id", ID, primary_key=True),
        sa.Column("decision_id", ID, sa.ForeignKey("decisions.decision_id"), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("key_id", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("reviewer", sa.String(128), nullable=False),
        sa.Column("reason", sa.Text),
    )
    op.create_index("reviews_of_decision", "reviews", ["decision_id", "review_id"])


def _outcomes() -> None:
    op.create_table(
        "outcomes",
        sa.Column("outcome_id", ID, primary_key=True),
        sa.Column("decision_id", ID, sa.ForeignKey("decisions.decision_id"), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("key_id", sa.String(64), nullable=False),
        sa.Column("outcome", sa.Integer, nullable=False),
    )
    op.create_index("outcomes_of_decision", "outcomes", ["decision_id", "outcome_id"])
