"""A decision log of any size, for benchmarks: random applicants, decided by a bundle."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert

from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.contracts.column_check import sentinels
from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import migrate
from credit_scoring.database.plain_insert import insert_rows
from credit_scoring.database.table_definitions import decisions, input_names, outcomes
from credit_scoring.decisions.input_encoding import InputNames, encode_inputs
from credit_scoring.decisions.records import LogEntry
from credit_scoring.decisions.uuid7 import id_at, new_id
from credit_scoring.scoring.explanation import Explainer
from credit_scoring.scoring.scorer import Scorer

CHUNK = 10_000  # decisions per transaction
EVEN = 0.5
KNOWN_OUTCOMES = 0.5  # of the accepted


def create_log(path: Path, bundle: Bundle, size: int) -> Engine:
    """A new SQLite log at `path` with `size` decisions; half of the accepted have an outcome."""
    engine = open_database(f"sqlite:///{path}", limited=False)
    migrate(engine)
    fill_log(engine, bundle, size)
    return engine


def fill_log(engine: Engine, bundle: Bundle, size: int, *, days: int = 0, copies: int = 1) -> None:
    """Add `size` decisions to a log, evenly over the last `days`, and their outcomes.

    With `days`, each applicant may be decided `copies` times, which is generated faster.
    """
    start_of_log = datetime.now(UTC) - timedelta(days=days)
    scorer = Scorer(bundle)
    names = InputNames(tuple(feature.name for feature in scorer.requested_features))
    with engine.begin() as connection:
        connection.execute(insert(input_names), {"names_id": names.names_id, "names": names.text})
    writer = _Writer(bundle, scorer, names)
    for start in range(0, size, CHUNK):
        count = min(CHUNK, size - start)
        entries = list(writer.entries(-(-count // copies), seed=start))
        entries = (entries * copies)[:count]
        if days:
            at = start_of_log + timedelta(days=days * start / size)
            step = timedelta(days=days / size)
            entries = [_moved(entry, at + number * step) for number, entry in enumerate(entries)]
        with engine.begin() as connection:
            insert_rows(connection, decisions, [entry.row() for entry in entries])
            insert_rows(connection, outcomes, list(_outcomes(entries, seed=start)))


def _moved(entry: LogEntry, at: datetime) -> LogEntry:
    """The entry as if it had been made at another time."""
    return replace(entry, decision_id=id_at(at, random.getrandbits(62)))


class _Writer:
    """Makes entries of random applicants."""

    def __init__(self, bundle: Bundle, scorer: Scorer, names: InputNames) -> None:
        self._scorer = scorer
        self._names = names
        self._digest = bundle.manifest.pickle["sha256"]
        self._examples = [row["features"] for row in bundle.manifest.golden_rows]
        self._features = {f.name: f.feature for f in scorer.requested_features}
        refused = max(self._examples, key=lambda row: scorer.score(row).probability)
        explainer = Explainer(bundle, scorer)
        factors = explainer.principal_reasons(refused, scorer.score(refused))
        self._reasons = [factor.as_dict() for factor in factors]

    def entries(self, count: int, seed: int) -> Iterator[LogEntry]:
        """Entries as the service would log them; every refusal has the same reasons."""
        rng = random.Random(seed)  # noqa: S311 - no secret
        applicants = [self._applicant(rng) for _ in range(count)]
        for inputs, decision in zip(applicants, self._scorer.score_all(applicants), strict=True):
            text, names = encode_inputs(inputs, self._names)
            yield LogEntry(
                decision=decision,
                inputs=text,
                names=names,
                model_digest=self._digest,
                request_id=f"{rng.getrandbits(128):032x}",
                reasons=self._reasons if decision.score else (),
                applicant_id=str(rng.randrange(10**6)),
            )

    def _applicant(self, rng: random.Random) -> dict[str, Any]:
        """An applicant between two of the golden rows."""
        first, second = rng.sample(self._examples, 2)
        share = rng.random()
        return {
            name: self._between(name, value, second[name], share) for name, value in first.items()
        }

    def _between(self, name: str, first: Any, second: Any, share: float) -> Any:
        """A value between both, or one of them where there is nothing between."""
        feature = self._features[name]
        is_number = isinstance(first, int | float) and isinstance(second, int | float)
        if not is_number or feature.whole or not {first, second}.isdisjoint(sentinels(feature)):
            return first if share < EVEN else second
        return share * first + (1 - share) * second


def _outcomes(entries: list[LogEntry], seed: int) -> Iterator[dict[str, Any]]:
    rng = random.Random(seed)  # noqa: S311 - no secret
    for entry in entries:
        if not entry.decision.score and rng.random() < KNOWN_OUTCOMES:
            yield {
                "outcome_id": new_id(),
                "decision_id": entry.decision_id,
                "made_at": entry.row()["made_at"],
                "key_id": "",
                "outcome": int(rng.random() < entry.decision.probability),
            }
