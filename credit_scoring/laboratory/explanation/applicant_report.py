"""The report on one applicant: decision, explanation and principal reasons, as the app answers."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from credit_scoring.errors import FeatureError
from credit_scoring.features.feature import Feature
from credit_scoring.laboratory.score_dataset import LabelledDataset, LoadedBundle
from credit_scoring.scoring.decision import Decision
from credit_scoring.scoring.explanation import Explainer, Explanation
from credit_scoring.scoring.reasons import Factor
from credit_scoring.scoring.row_encoder import Value
from credit_scoring.scoring.scorer import Scorer


@dataclass(frozen=True)
class ApplicantReport:
    """One applicant's decision, its explanation, and its reasons if it is a refusal."""

    applicant: int | str
    decision: Decision
    explanation: Explanation
    reasons: tuple[Factor, ...]
    factors: tuple[Factor, ...]


def report_applicant(
    loaded: LoadedBundle, dataset: LabelledDataset, applicant: str
) -> ApplicantReport:
    """The report on one applicant of the data; FeatureError if the data do not have it."""
    applicants = dataset.table.applicant
    positions = (applicants.cast(pl.String) == applicant).arg_true()
    if positions.is_empty():
        raise FeatureError(
            f"the data have no applicant {applicant}: "
            f"they have {applicants[0]} and {len(applicants) - 1:,} others"
        )
    position = positions[0]
    scorer = Scorer(loaded.bundle)
    explainer = Explainer(loaded.bundle, scorer)
    row = dataset.table.features.row(position, named=True)
    inputs = {
        feature.name: _as_sent(row[feature.name], feature.feature)
        for feature in scorer.requested_features
    }
    decision = scorer.score(inputs)
    explanation = explainer.explain(inputs)
    reasons = explainer.reasons_of(explanation, decision)
    factors = explainer.factors(explanation)
    return ApplicantReport(applicants[position], decision, explanation, reasons, factors)


def _as_sent(value: Any, feature: Feature) -> Value:
    """The value of a table as a request would send it."""
    return int(value) if value is not None and feature.whole else value


def format_value(value: object) -> str:
    """A value as text; "missing" for None."""
    if value is None:
        return "missing"
    return f"{value:g}" if isinstance(value, float) else str(value)
