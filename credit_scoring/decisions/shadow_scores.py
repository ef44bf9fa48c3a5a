"""The scores that challengers gave to decisions of the log."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, select

from credit_scoring.database import time_limit
from credit_scoring.database.errors import translate_database_errors
from credit_scoring.database.plain_insert import MAX_ROWS
from credit_scoring.database.read_transaction import checked, read_transaction
from credit_scoring.database.sqlite_writer import Writer
from credit_scoring.database.table_definitions import decisions, shadow_scores
from credit_scoring.decisions.decision_queries import Filters, last_outcome, pages

PAGE = 5000  # decisions


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowScore:
    """A challenger's probability of default and score (1: refused) for a stored decision."""

    decision_id: str
    challenger_digest: str
    challenger_version: str
    probability: float
    threshold: float
    score: int


class ShadowScoreWriter:
    """Appends scores; for use by one thread of a process."""

    def __init__(self, engine: Engine) -> None:
        self._writer = Writer(engine)

    def append(self, scores: Sequence[ShadowScore]) -> None:
        """Store the scores, `MAX_ROWS` per transaction, so that no decision waits long for them.

        The score of a decision that was erased meanwhile is left out. StorageError if the database
        is not available.
        """
        made_at = datetime.now(UTC)
        for start in range(0, len(scores), MAX_ROWS):
            chunk = scores[start : start + MAX_ROWS]
            rows = [{**asdict(score), "made_at": made_at} for score in chunk]
            with time_limit.operation(), translate_database_errors():
                self._writer.insert(shadow_scores, rows)


@dataclass(frozen=True, slots=True)
class ModelPair:
    """The digests of two models that scored the same decisions."""

    champion: str
    challenger: str

    @property
    def condition(self) -> ColumnElement[bool]:
        """The condition of their decisions in the query of `scored_pair_pages`."""
        return and_(
            decisions.c.model_digest == self.champion,
            shadow_scores.c.challenger_digest == self.challenger,
        )


@dataclass(frozen=True, slots=True)
class ScoredPair:
    """A decision with the score of its model and of a challenger; 1 is a refusal.

    `outcome` is the last one of the loan: 0 repaid, 1 default, None if unknown.
    """

    decision_id: str
    probability: float
    score: int
    other_probability: float
    other_score: int
    outcome: int | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two models decided the same applicants: how many, and how many only one refused."""

    decisions: int
    only_champion_refused: int
    only_challenger_refused: int

    @property
    def share(self) -> float:
        """The share of the decisions that both models made alike."""
        return 1 - (self.only_champion_refused + self.only_challenger_refused) / self.decisions


SOURCE = decisions.join(shadow_scores, shadow_scores.c.decision_id == decisions.c.decision_id)
PAIRS = select(
    decisions.c.decision_id,
    decisions.c.probability,
    decisions.c.score,
    shadow_scores.c.probability.label("other_probability"),
    shadow_scores.c.score.label("other_score"),
    last_outcome().label("outcome"),
).select_from(SOURCE)
# A what-if decision is about an application that nobody made.
IS_APPLICATION = decisions.c.kind != "what-if"


def scores_of(connection: Connection, decision_id: str) -> list[ShadowScore]:
    """The challengers' scores of a decision, in the order of their versions."""
    columns = (shadow_scores.c[field.name] for field in fields(ShadowScore))
    query = select(*columns).where(shadow_scores.c.decision_id == decision_id)
    rows = connection.execute(query.order_by(shadow_scores.c.challenger_version)).mappings()
    return [ShadowScore(**checked(row, shadow_scores)) for row in rows]


def newest_pair(engine: Engine, champion: str = "", challenger: str = "") -> ModelPair | None:
    """The models of the newest decision with a challenger's score; None if there is none.

    `champion` and `challenger` limit them to digests that begin so, such as a version.
    """
    digests = (decisions.c.model_digest, shadow_scores.c.challenger_digest)
    query = select(*digests).select_from(SOURCE).where(IS_APPLICATION)
    for digest, start in zip(digests, (champion, challenger), strict=True):
        query = query.where(digest.startswith(start, autoescape=True))
    newest = query.order_by(shadow_scores.c.decision_id.desc()).limit(1)
    with read_transaction(engine) as connection:
        row = connection.execute(newest).one_or_none()
        return None if row is None else ModelPair(*row)


def newest_agreement(
    connection: Connection, pair: ModelPair, filters: Filters, limit: int
) -> Agreement | None:
    """The agreement on the newest `limit` decisions that both models scored; None without one."""
    other = shadow_scores.c.score.label("other")
    both = filters.apply(select(decisions.c.score, other).select_from(SOURCE))
    newest = both.where(pair.condition, IS_APPLICATION)
    rows = newest.order_by(shadow_scores.c.decision_id.desc()).limit(limit).subquery()
    counts = select(func.count()).select_from(rows)
    only_one = [counts.where(rows.c.score == own, rows.c.other == 1 - own) for own in (1, 0)]
    total, *differing = (connection.execute(query).scalar_one() for query in (counts, *only_one))
    return Agreement(total, *differing) if total else None


def scored_pair_pages(
    engine: Engine, pair: ModelPair, filters: Filters, page_size: int = PAGE
) -> Iterator[Sequence[ScoredPair]]:
    """Yield the decisions that both models scored, oldest first, without what-ifs."""
    query = filters.apply(PAIRS).where(pair.condition, IS_APPLICATION)
    query = query.order_by(shadow_scores.c.decision_id).limit(page_size)

    def fetch(last_id: str) -> list[ScoredPair]:
        page = query.where(shadow_scores.c.decision_id > last_id)
        with read_transaction(engine) as connection:
            rows = connection.execute(page).mappings()
            return [ScoredPair(**checked(row, decisions)) for row in rows]

    return pages(fetch)
