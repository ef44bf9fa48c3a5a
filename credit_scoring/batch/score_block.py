"""The scorer of blocks: applicants as a table to probabilities, decisions and reasons.

A block gives what single requests give, bit for bit. Threads share its rows: NumPy and LightGBM
release the interpreter. LightGBM gets slices of so few rows that it uses one thread for each.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import polars as pl

from credit_scoring.batch.encode_block import BlockEncoder
from credit_scoring.batch.vectorised_trees import Columns, raw_scores, vectorised_trees
from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.estimator.calibration import calibrated
from credit_scoring.estimator.encoded_predictions import FEW_ROWS
from credit_scoring.estimator.type_aliases import Floats
from credit_scoring.scoring.decision import OUTCOMES, decide
from credit_scoring.scoring.explanation import Explainer, Explanation
from credit_scoring.scoring.reasons import Factor
from credit_scoring.scoring.scorer import Scorer

Factors = tuple[Factor, ...]
SLICE_ROWS = 8192  # whose columns fit into the processor's cache
LANGUAGE = "en"  # of reasons in words


class Scores(NamedTuple):
    """The probabilities (n,) of a block; `factors` are the principal reasons of each applicant."""

    probabilities: Floats
    factors: list[Factors]


class BlockScorer:
    """Scores tables of applicants with one bundle. Safe to use from several threads.

    The `reasons` strongest reasons of each refusal are added, at most four. `threads` share the
    work; by default as many as there are processors. BundleError as for `Scorer`.
    """

    def __init__(self, bundle: Bundle, reasons: int = 0, *, threads: int | None = None) -> None:
        self._scorer = Scorer(bundle)
        self._model = bundle.model
        self._encoder = BlockEncoder(self._scorer)
        self._explainer = Explainer(bundle, self._scorer)
        self._reasons = reasons
        self._trees = vectorised_trees(bundle.model)
        self._slice_rows = FEW_ROWS if self._trees is None else SLICE_ROWS
        self._threads = threads or os.cpu_count() or 1

    def score(self, features: pl.DataFrame) -> pl.DataFrame:
        """The scores (n) of the applicants in `features` (n × the bundle's requested features).

        Columns: `probability` of default, `score` (1 is refused), `decision` and, if there are to
        be reasons, `reasons`: sentences, the strongest first. Categories are text, null is missing,
        and other columns are ignored. Values are not validated: a level that the model does not
        know is missing. FeatureError if a column is missing or of another kind.
        """
        if not self._reasons:
            return self._frame(self._in_slices(features, self._scored))
        scores, factors = self.score_and_explain(features)
        return scores.with_columns(reason_texts([each[: self._reasons] for each in factors]))

    def score_and_explain(self, features: pl.DataFrame) -> tuple[pl.DataFrame, list[Factors]]:
        """The scores without `reasons`, and each applicant's principal reasons as the log has them.

        An accepted applicant has no reasons.
        """
        slices = self._in_slices(features, self._explained)
        factors = [each for part in slices for each in part.factors]
        return self._frame(slices), factors

    def _in_slices(
        self, features: pl.DataFrame, work: Callable[[pl.DataFrame], Scores]
    ) -> list[Scores]:
        """The results of slices, at least one per thread unless they would be very short."""
        self._encoder.require_columns(features)
        share = max(len(features) // self._threads + 1, FEW_ROWS)
        slices = [*features.iter_slices(min(share, self._slice_rows))] if len(features) else []
        with ThreadPoolExecutor(self._threads) as pool:
            return [*pool.map(work, slices)]

    def _scored(self, features: pl.DataFrame) -> Scores:
        return Scores(self._probabilities(self._encoder.columns(features)), [])

    def _explained(self, features: pl.DataFrame) -> Scores:
        columns = self._encoder.columns(features)
        probabilities = self._probabilities(columns)
        factors: list[Factors] = [()] * len(features)
        refused = np.flatnonzero(self._model.refuses(probabilities))
        for start in range(0, len(refused), FEW_ROWS):
            rows = refused[start : start + FEW_ROWS]
            inputs = self._encoder.inputs(features[rows])
            explanations = self._explainer.explain_rows(inputs, _rows(columns[:, rows]))
            for row, explanation in zip(rows.tolist(), explanations, strict=True):
                factors[row] = self._principal_reasons(float(probabilities[row]), explanation)
        return Scores(probabilities, factors)

    def _principal_reasons(self, probability: float, explanation: Explanation) -> Factors:
        decision = decide(probability, self._model.threshold_, self._scorer.version)
        return self._explainer.reasons_of(explanation, decision)

    def _probabilities(self, columns: Columns) -> Floats:
        if self._trees is None:
            return self._model.matrix_probability(_rows(columns))
        return calibrated(raw_scores(self._trees, columns), self._model.calibration_)

    def _frame(self, slices: list[Scores]) -> pl.DataFrame:
        probabilities = np.concatenate([np.empty(0), *(part.probabilities for part in slices)])
        refused = self._model.refuses(probabilities)
        return pl.DataFrame(
            {
                "probability": probabilities,
                "score": refused.astype(np.int8),
                "decision": pl.Series(OUTCOMES).gather(refused.astype(np.uint32)),
            }
        )


def reason_texts(factors: Sequence[Factors]) -> pl.Series:
    """The column `reasons`: those of each applicant as sentences, the strongest first."""
    sentences = [[factor.text[LANGUAGE] for factor in each] for each in factors]
    return pl.Series("reasons", sentences, pl.List(pl.String))


def _rows(columns: Columns) -> Floats:
    """The matrix (rows, features) that LightGBM reads."""
    return columns.T.astype(np.float64, order="C")
