"""One feature, or the score, in a window of days: its bins against the reference, and by day."""

from collections.abc import Sequence

import numpy as np

from credit_scoring.database.read_transaction import read_transaction
from credit_scoring.errors import CreditScoringError
from credit_scoring.monitoring.bin_labels import level_labels, number_labels, score_labels
from credit_scoring.monitoring.counts_store import models
from credit_scoring.monitoring.drift.bin_counts import Ints
from credit_scoring.monitoring.drift.results import SCORE
from credit_scoring.monitoring.model_facts import DayWindow, ModelFacts
from credit_scoring.monitoring.sentence import Language, Sentence
from credit_scoring.monitoring.summary import SummaryQuery, SummarySource
from credit_scoring.monitoring.summary_parts import days_dict, feature_drifts, model_dict
from credit_scoring.monitoring.summary_shape import FeatureBin, FeatureDay, FeatureSummary
from credit_scoring.scoring.translations import meanings
from credit_scoring.suggestions import did_you_mean

MAX_SHOWN = 60  # characters of an unknown name


class UnknownFeatureError(CreditScoringError):
    """The model in question has no such feature to monitor."""

    status = 404
    title = "No such feature"


def read_feature(source: SummarySource, query: SummaryQuery, name: str) -> FeatureSummary:
    """The summary of a feature; `name` may be "(score)".

    UnknownFeatureError if the model does not have it, UnknownModelError for an unknown model,
    StorageError without a database.
    """
    with read_transaction(source.engine) as connection:
        facts = source.facts(query, models(connection), connection)
    if facts is None or facts.reference_counts is None:
        reason = "no decision is counted" if facts is None else "the model has no reference"
        raise UnknownFeatureError(f"no feature is monitored, because {reason}")
    if name not in facts.reference_counts:
        hint = did_you_mean(name, facts.reference_counts)
        shown = name[:MAX_SHOWN].encode("utf-8", "replace").decode()
        raise UnknownFeatureError(
            f"{shown} is not a monitored feature{hint}: GET /monitoring/summary lists them"
        )
    window, against = query.window(facts.today), query.against
    drift = feature_drifts(facts, window, against).get(name)
    return {
        "name": name,
        "meaning": _meaning(facts, name, query.language),
        "model": model_dict(facts.model, facts.manifest),
        "window": days_dict(window),
        "against": days_dict(against) if against else None,
        "drift": drift.as_dict() if drift else None,
        "bins": window_bins(facts, query)[name],
        "days": _days(facts, window, name),
    }


def window_counts(facts: ModelFacts, query: SummaryQuery) -> dict[str, tuple[Ints, Ints]]:
    """The counts of every feature by bin: in the reference, and in the window of a query."""
    if facts.reference_counts is None:
        return {}
    against = query.against
    reference = facts.window_features(against) if against else facts.reference_counts
    current = facts.window_features(query.window(facts.today))
    return {name: (np.asarray(reference[name]), np.asarray(current[name])) for name in current}


def window_bins(facts: ModelFacts, query: SummaryQuery) -> dict[str, list[FeatureBin]]:
    """The bins of every feature in the window of a query, and in its reference."""
    labels = bin_labels(facts, query.language)
    counts = window_counts(facts, query).items()
    return {name: _bins(labels[name], before, now) for name, (before, now) in counts}


def bin_labels(facts: ModelFacts, language: Language = "en") -> dict[str, list[str]]:
    """The labels of the bins of every feature of the reference, and of the score."""
    if facts.manifest is None or facts.reference is None or facts.score_groups is None:
        return {}
    features = {f.name: f.feature for f in facts.manifest.features}
    labels = {
        f.name: level_labels(features[f.name], language)
        if features[f.name].levels
        else number_labels(f.edges, language)
        for f in facts.reference.features
    }
    return {**labels, SCORE: score_labels(facts.score_groups, language)}


def _bins(labels: Sequence[str], reference: Ints, current: Ints) -> list[FeatureBin]:
    totals = int(np.sum(reference)), int(np.sum(current))
    return [
        {
            "label": label,
            "reference": int(before),
            "reference_share": int(before) / totals[0] if totals[0] else None,
            "number": int(now),
            "share": int(now) / totals[1] if totals[1] else None,
        }
        for label, before, now in zip(labels, reference, current, strict=True)
    ]


def _days(facts: ModelFacts, window: DayWindow, name: str) -> list[FeatureDay]:
    return [
        {
            "day": day.isoformat(),
            "number": int(np.sum(counts[name])),
            "counts": [int(count) for count in counts[name]],
        }
        for day, counts in facts.feature_counts.items()
        if day in window
    ]


def _meaning(facts: ModelFacts, name: str, language: Language) -> str:
    features = facts.manifest.features if facts.manifest else ()
    meaning = next((meanings(f.feature)[language] for f in features if f.name == name), None)
    return meaning or Sentence("bins.score").text(language)
