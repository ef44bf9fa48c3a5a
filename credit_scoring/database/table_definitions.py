"""SQLAlchemy table definitions. Each change needs a migration; a test compares the two.

Columns that hold JSON are TEXT on PostgreSQL too: its JSONB type would change numbers (-0.0
becomes 0).
"""

from datetime import UTC, datetime

from sqlalchemy import (
    Column,
    Date,
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
    """A time with a time zone, read back in UTC. SQLite has no time zones: it stores UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """The type of a value that is read."""
        return datetime

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Convert to UTC for storage; ValueError for a time without a time zone."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no time zone: expected UTC")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Add the time zone, UTC, to a stored time."""
        return value and value.replace(tzinfo=UTC)


metadata = MetaData()

# A UUIDv7: its text sorts by time; on PostgreSQL only under the collation "C".
ID = String(36).with_variant(String(36, collation="C"), "postgresql")

# Names of inputs, stored once per set of names. Append-only.
input_names = Table(
    "input_names",
    metadata,
    Column("names_id", String(16), primary_key=True),
    Column("names", Text, nullable=False),  # a JSON array
)

# One row per decision. Erasure and retention set the nullable columns to NULL and empty request_id.
decisions = Table(
    "decisions",
    metadata,
    Column("decision_id", ID, primary_key=True),
    Column("made_at", UtcTime, nullable=False),
    Column("request_id", String(128), nullable=False),
    Column("key_id", String(64), nullable=False),  # the client's API key; "" if keys are off
    Column("kind", String(16), nullable=False),  # the route: predict, batch, explain, what-if
    Column("model_digest", String(64), nullable=False),  # SHA-256 of model.pkl
    Column("model_version", String(64), nullable=False),
    # The scored inputs: a JSON array of values if names_id is set, else a JSON object
    Column("inputs", Text),
    Column("names_id", String(16), ForeignKey("input_names.names_id")),
    Column("probability", Double, nullable=False),
    Column("threshold", Double, nullable=False),
    Column("score", Integer, nullable=False),
    Column("decision", String(16), nullable=False),
    Column("risk_level", String(16), nullable=False),
    Column("credit_score", Integer, nullable=False),
    # Milliseconds per applicant until the commit, and of these in the model; NULL if not measured
    Column("handler_ms", Double),
    Column("model_ms", Double),
    Column("reasons", Text),  # a JSON array
    Column("applicant_id", String(128)),
    Column("idempotency_key", String(255)),
    Column("erased_at", UtcTime),
    Column("erased_because", String(16)),  # erasure, retention
)
_has_applicant = decisions.c.applicant_id.is_not(None)
Index(
    "decisions_of_applicant",
    decisions.c.applicant_id,
    decisions.c.decision_id,
    sqlite_where=_has_applicant,
    postgresql_where=_has_applicant,
)

# Lists of decisions select ids from it: the rows of the table are large, because of the inputs.
Index("decisions_listed", decisions.c.decision_id, decisions.c.decision, decisions.c.model_version)

# A person's review of a decision. Append-only; the last review of a decision is in force.
reviews = Table(
    "reviews",
    metadata,
    Column("review_id", ID, primary_key=True),
    Column("decision_id", ID, ForeignKey("decisions.decision_id"), nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("key_id", String(64), nullable=False),
    Column("outcome", String(16), nullable=False),  # ACCEPTED, REFUSED
    Column("reviewer", String(128), nullable=False),
    Column("reason", Text),  # free text; erasure and retention set it to NULL
)
Index("reviews_of_decision", reviews.c.decision_id, reviews.c.review_id)

# The outcome of a loan. Append-only; the last outcome of a decision is in force.
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

# A challenger's score of a decision, made in the background. Append-only; erasure and retention
# delete it.
shadow_scores = Table(
    "shadow_scores",
    metadata,
    Column("decision_id", ID, ForeignKey("decisions.decision_id"), primary_key=True),
    Column("challenger_digest", String(64), primary_key=True),  # SHA-256 of model.pkl
    Column("challenger_version", String(64), nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("probability", Double, nullable=False),
    Column("threshold", Double, nullable=False),
    Column("score", Integer, nullable=False),
)

# Answers to requests with an Idempotency-Key, one row per key, for repeated requests.
kept_answers = Table(
    "kept_answers",
    metadata,
    Column("key_id", String(64), primary_key=True),
    Column("idempotency_key", String(255), primary_key=True),
    Column("made_at", UtcTime, nullable=False),
    Column("body_digest", String(64), nullable=False),  # SHA-256 of the route and the body
    Column("answer", Text, nullable=False),
)

# One row, which the readiness check overwrites: its commit shows that a decision could be stored.
write_probe = Table(
    "write_probe",
    metadata,
    Column("probe_id", Integer, primary_key=True, autoincrement=False),
    Column("made_at", UtcTime, nullable=False),
)

# API keys. Only the SHA-256 of a key is stored. Revoked keys keep their row: authentication stays
# on as long as the table has any row.
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

# Sessions of the pages, see `access.sessions`. Deleted by the sign-out, or after they expired.
sessions = Table(
    "sessions",
    metadata,
    Column("secret_digest", String(64), primary_key=True),  # SHA-256 of the cookie's secret
    Column("key_id", String(64), nullable=False),
    Column("key_proof", String(64), nullable=False),  # SHA-256 of the secret and the key's digest
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
)

# The deployed models. Append-only; the row with the highest number names the model in use. The
# primary key makes a deployment a compare-and-swap: of two that follow the same row, one fails.
deployments = Table(
    "deployments",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),  # 1, 2, 3, … without a gap
    Column("made_at", UtcTime, nullable=False),
    Column("kind", String(16), nullable=False),  # start, source, version
    Column("version", String(64), nullable=False),
    Column("digest", String(64), nullable=False),  # of all files of the bundle
    Column("source", Text, nullable=False),  # where another machine can fetch the bundle
    Column("revision", Text, nullable=False),  # the source's name of this state; "" if it has none
    Column("replaced_version", String(64), nullable=False),  # "" for the first
    Column("who", String(64), nullable=False),  # the id of an API key, "command line" or "start"
    Column("why", Text, nullable=False),
)

# Queue of decisions and outcomes that `monitoring_counts` does not contain yet, filled by triggers.
uncounted = Table(
    "uncounted",
    metadata,
    Column("record_kind", String(8), primary_key=True),  # decision, outcome
    Column("record_id", ID, primary_key=True),
    sqlite_with_rowid=False,
)

# Counts of the decisions of a day (in UTC) and model, see `monitoring.day_counts`.
monitoring_counts = Table(
    "monitoring_counts",
    metadata,
    Column("model_digest", String(64), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("model_version", String(64), nullable=False),
    Column("decisions", Integer, nullable=False),  # without what-ifs
    Column("counts", Text, nullable=False),  # a JSON object
)

# One row. The number of the last batch of the queue that was counted makes counting a batch a
# compare-and-swap: of two processes that count the same batch, one fails.
monitoring_state = Table(
    "monitoring_state",
    metadata,
    Column("state_id", Integer, primary_key=True, autoincrement=False),
    Column("batch", Integer, nullable=False),
)

# Numbers of refused requests of a day.
refused_requests = Table(
    "refused_requests",
    metadata,
    Column("day", Date, primary_key=True),
    Column("kind", String(64), primary_key=True),  # the last part of the problem's type
    Column("field", Text, primary_key=True),  # a requested feature, "" for none, "(unknown)"
    Column("number", Integer, nullable=False),
)

# Alarms that went on or off. Append-only except for the delivery by the webhook. The primary key
# makes a change a compare-and-swap, as in `deployments`.
alarm_changes = Table(
    "alarm_changes",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),  # 1, 2, 3, … without a gap
    Column("change_id", ID, nullable=False),  # the webhook's id
    Column("made_at", UtcTime, nullable=False),
    Column("model_digest", String(64), nullable=False),  # SHA-256 of model.pkl
    Column("rule", String(64), nullable=False),
    Column("state", String(8), nullable=False),  # on, off
    Column("value", Double, nullable=False),
    Column("limit_value", Double, nullable=False),
    Column("since", Date),  # the first day of what the alarm is about
    Column("message", Text, nullable=False),
    Column("sent_at", UtcTime),
    Column("attempts", Integer, nullable=False),
)
