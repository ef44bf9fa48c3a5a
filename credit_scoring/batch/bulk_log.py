"""Writes the decisions of a part to the decision log, each exactly once however often it is killed.

A part's decisions have consecutive ids from one that is on the disk before the first of them is
stored. They are committed in chunks, so a resumed part finds by a chunk's first id whether the
chunk is there. A service that writes to the same log gets its turn between two chunks.
"""

from collections.abc import Sequence
from typing import Any

import polars as pl
from pydantic_core import to_json

from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.decisions.input_encoding import InputNames
from credit_scoring.decisions.records import LogEntry
from credit_scoring.decisions.uuid7 import following_ids
from credit_scoring.features.build_applicant_store import plain_value
from credit_scoring.scoring.decision import decide
from credit_scoring.scoring.reasons import Factor

KIND = "file"  # of the decisions in the log
CHUNK = 500  # decisions per transaction


class BulkLog:
    """Stores decisions of `bundle`; `run_id` is their request id."""

    def __init__(self, log: DecisionLog, bundle: Bundle, run_id: str) -> None:
        self._log = log
        self._run_id = run_id
        self._threshold = bundle.model.threshold_
        self._version = bundle.manifest.version
        self._digest = bundle.manifest.pickle["sha256"]
        requested = [feature for feature in bundle.manifest.features if feature.is_requested]
        self._names = InputNames(tuple(feature.name for feature in requested))
        self._plain = [plain_value(feature.feature) for feature in requested]

    def store(
        self,
        first_id: str,
        features: pl.DataFrame,
        applicants: Sequence[str | None],
        probabilities: Sequence[float],
        reasons: Sequence[Sequence[Factor]],
    ) -> pl.Series:
        """Store the decisions on the applicants in `features`, unless they are stored already.

        `first_id` is the id of the first. Returns all ids. StorageError if a chunk cannot be
        stored; those before it are.
        """
        ids = following_ids(first_id, len(features))
        for start in range(0, len(ids), CHUNK):
            if not self._log.contains(ids[start]):
                rows = slice(start, start + CHUNK)
                chunk = (ids[rows], applicants[rows], probabilities[rows], reasons[rows])
                inputs = features[start : start + CHUNK].select(self._plain).rows()
                self._log.append([*map(self._entry, inputs, *chunk)])
        return pl.Series("decision_id", ids, pl.String)

    def _entry(
        self,
        inputs: tuple[Any, ...],
        decision_id: str,
        applicant: str | None,
        probability: float,
        reasons: Sequence[Factor],
    ) -> LogEntry:
        return LogEntry(
            decision=decide(probability, self._threshold, self._version),
            inputs=to_json(inputs).decode(),
            names=self._names,
            model_digest=self._digest,
            request_id=self._run_id,
            kind=KIND,
            reasons=[reason.as_dict() for reason in reasons],
            applicant_id=applicant,
            decision_id=decision_id,
        )
