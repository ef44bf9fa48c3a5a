"""The tables, as SQLAlchemy knows them. A change here needs a migration beside it; a test compares the two.

Texts that hold JSON are TEXT on PostgreSQL too: its JSONB would change numbers (-0.0 becomes 0).
"""

from datetime import UTC, datetime

from sqlalchemy import (
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)


class UtcTime(TypeDecorator[datetime]):
    """A moment: goes in and comes out with its time zone, in UTC. SQLite knows no zones: there UTC is stored."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """What is stored; ValueError for a moment without a time zone."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no time zone: say UTC")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """What is read."""
        return value and value.replace(tzinfo=UTC)


metadata = MetaData()

# UUIDv7, whose order as text is that of time; on PostgreSQL only under the collation "C".
ID = String(36).with_variant(String(36, collation="C"), "postgresql")

# The names of inputs, once for all decisions that have the same. Appended, never changed.
input_names = Table(
    "input_names",
    metadata,
    Column("names_id", String(16), primary_key=True),
    Column("names", Text, nullable=False),  # a JSON array
)

# One row a decision. What erasure and retention take is nullable: inputs, reasons, applicant, idempotency key.
decisions = Table(
    "decisions",
    metadata,
    Column("decision_id", ID, primary_key=True),
    Column("made_at", UtcTime, nullable=False),
    Column("request_id", String(128), nullable=False),
    Column("key_id", String(64), nullable=False),  # whose key asked; "" where keys are off
    Column("kind", String(16), nullable=False),  # the route's: predict, batch, explain, what-if
    Column("model_digest", String(64), nullable=False),  # SHA-256 of model.pkl
    Column("model_version", String(64), nullable=False),
    Column(
        "inputs", Text
    ),  # as they were scored: a JSON object, feature name to value; with names_id the values alone
    Column("names_id", String(16), ForeignKey("input_names.names_id")),
    Column("probability", Double, nullable=False),
    Column("threshold", Double, nullable=False),
    Column("score", Integer, nullable=False),
    Column("decision", String(16), nullable=False),
    Column("risk_level", String(16), nullable=False),
    Column("credit_score", Integer, nullable=False),
    Column("reasons", Text),  # a JSON array
    Column("applicant_id", String(128)),
    Column("idempotency_key", String(255)),
    Column("erased_at", UtcTime),
    Column("erased_because", String(16)),  # erasure, retention
)
_known = decisions.c.applicant_id.is_not(None)
Index(
    "decisions_of_applicant", decisions.c.applicant_id, decisions.c.decision_id,
    sqlite_where=_known, postgresql_where=_known,
)  # fmt: skip

# Appended, never changed: a person's decision over the machine's. The last one stands.
reviews = Table(
    "reviews",
    metadata,
    Column("review_id", ID, primary_key=True),
    Column("decision_id", ID, ForeignKey("decisions.decision_id"), nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("key_id", String(64), nullable=False),
    Column("outcome", String(16), nullable=False),  # ACCEPTED, REFUSED
    Column("reviewer", String(128), nullable=False),
    Column("reason", Text),  # free text: erasure and retention take it
)
Index("reviews_of_decision", reviews.c.decision_id, reviews.c.review_id)

# Appended, never changed: what became of the loan. The last one stands.
outcomes = Table(
    "outcomes",
    metadata,
    Column("outcome_id", ID, primary_key=True),
    Column("decision_id", ID, ForeignKey("decisions.decision_id"), nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("key_id", String(64), nullable=False),
    Column("outcome", Integer, nullable=False),  # 0 repaid, 1 default
)
Index("outcomes_of_decision", outcomes.c.decision_id, outcomes.c.outcome_id)

# What a request with an Idempotency-Key was answered, one row a key: a repetition gets the same again.
kept_answers = Table(
    "kept_answers",
    metadata,
    Column("key_id", String(64), primary_key=True),
    Column("idempotency_key", String(255), primary_key=True),
    Column("made_at", UtcTime, nullable=False),
    Column("body_digest", String(64), nullable=False),  # SHA-256 of what was asked: route and body
    Column("answer", Text, nullable=False),
)

# API keys. A key itself is kept nowhere: only its SHA-256. Revoking keeps the row, so that keys stay asked for.
keys = Table(
    "keys",
    metadata,
    Column("key_id", String(8), primary_key=True),  # public, a part of the key
    Column("name", String(100), nullable=False),
    Column("scopes", String(64), nullable=False),  # separated by commas
    Column("digest", String(64), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),
    Column("revoked_at", UtcTime),
)
