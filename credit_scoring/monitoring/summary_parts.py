"""The parts of the summary, each from the facts of a model and a window of days."""

from collections.abc import Iterable, Iterator
from datetime import date

from credit_scoring.bundle.manifest import Manifest
from credit_scoring.bundle.reference import bin_probability
from credit_scoring.monitoring.alarms.measures import training_refused_share
from credit_scoring.monitoring.counts_store import CountedModel
from credit_scoring.monitoring.day_counts import DayCounts
from credit_scoring.monitoring.drift.compare import compare_counts
from credit_scoring.monitoring.drift.results import SCORE, FeatureDrift
from credit_scoring.monitoring.latency import latency_percentiles
from credit_scoring.monitoring.model_facts import DayWindow, ModelFacts, scores_of
from credit_scoring.monitoring.performance.realised_performance import performance_report
from credit_scoring.monitoring.sentence import Language, Sentence
from credit_scoring.monitoring.summary_shape import (
    CountsParts,
    Days,
    Drift,
    Latency,
    MonitoredDay,
    MonitoredModel,
    PerformanceParts,
    RefusedSummary,
    ScoreDistribution,
    Volume,
)


def model_dict(model: CountedModel, manifest: Manifest | None) -> MonitoredModel:
    """A model as JSON."""
    return {
        "version": model.version,
        "digest": model.digest,
        "first_day": model.first_day.isoformat(),
        "last_day": model.last_day.isoformat(),
        "decisions": model.decisions,
        "has_reference": manifest is not None and manifest.reference is not None,
    }


def days_dict(window: DayWindow) -> Days:
    """A window as JSON."""
    return {
        "since": window.since.isoformat(),
        "until": window.until.isoformat(),
        "days": window.days,
    }


def what_is_missing(
    facts: ModelFacts, window: DayWindow, against: DayWindow | None = None
) -> Iterator[Sentence]:
    """What the summary cannot say, and what would mend it."""
    version, counts = {"version": facts.model.version}, facts.window(window)
    if facts.manifest is None:
        yield Sentence("missing.bundle", version)
    elif facts.reference is None:
        yield Sentence("missing.reference", version)
    if counts.uncounted_features and facts.reference is not None:
        numbers = {"number": counts.uncounted_features, "decisions": counts.decisions}
        yield Sentence("missing.features", numbers)
    if facts.reference is not None and (days := facts.days_with_other_bins()):
        yield Sentence("missing.bins", {"days": days})
    if facts.is_behind:
        yield Sentence("missing.behind")
    if facts.model.last_day > facts.today:
        yield Sentence("missing.clock", {"last_day": facts.model.last_day})
    if not counts.decisions:
        yield Sentence("missing.window")
    if against and not facts.window(against).decisions:
        yield Sentence("missing.against", {"since": against.since, "until": against.until})


def counts_parts(
    facts: ModelFacts, window: DayWindow, against: DayWindow | None, language: Language = "en"
) -> CountsParts:
    """Volumes, latency, scores, drift and refused requests."""
    counts = facts.window(window)
    drifts = feature_drifts(facts, window, against)
    return {
        "volume": _volume(facts, counts),
        "days": [*_days(facts, window)],
        "latency": _latency(counts),
        "score": _score(facts, counts, against, drifts.get(SCORE)),
        "drift": _drift(facts, against, drifts, language),
        "refused_requests": _refused_requests(facts, window),
    }


def _volume(facts: ModelFacts, counts: DayCounts) -> Volume:
    accepted, refused = (sum(counts.scores[name]) for name in ("ACCEPTED", "REFUSED"))
    training = None
    if facts.manifest and facts.reference:
        training = training_refused_share(facts.reference, facts.manifest.threshold["value"])
    return {
        "decisions": counts.decisions,
        "accepted": accepted,
        "refused": refused,
        "refused_share": _share(refused, counts.decisions),
        "refused_share_training": training,
        "kinds": counts.kinds,
        "features_not_counted": counts.uncounted_features,
    }


def _days(facts: ModelFacts, window: DayWindow) -> Iterable[MonitoredDay]:
    refused = _whole_requests(facts, window)
    missing = facts.missing_shares()
    for day in sorted({*facts.days, *refused}):
        if day in window:
            counts = facts.days.get(day, DayCounts())
            yield {
                "day": day.isoformat(),
                "decisions": counts.decisions,
                "accepted": sum(counts.scores["ACCEPTED"]),
                "refused": sum(counts.scores["REFUSED"]),
                "missing_share": missing.get(day),
                **_latency(counts),
                "refused_requests": refused.get(day, 0),
            }


def _latency(counts: DayCounts) -> Latency:
    return {
        "handler_ms": latency_percentiles(counts.handler_ms),
        "model_ms": latency_percentiles(counts.model_ms),
    }


def _score(
    facts: ModelFacts, counts: DayCounts, against: DayWindow | None, drift: FeatureDrift | None
) -> ScoreDistribution:
    reference = None
    if against:
        reference = scores_of(facts.window(against)).tolist()
    elif facts.reference:
        reference = facts.reference.score.applicants_per_bin.tolist()
    return {
        "probabilities": bin_probability().tolist(),
        "counts": scores_of(counts).tolist(),
        "reference": reference,
        "drift": drift.as_dict() if drift else None,
    }


def feature_drifts(
    facts: ModelFacts, window: DayWindow, against: DayWindow | None
) -> dict[str, FeatureDrift]:
    """The drift of each feature, and of the score, in a window; empty without a reference.

    Without a decision in one of the samples there is nothing to compare: "no drift" would be wrong.
    """
    reference = facts.window_features(against) if against else facts.reference_counts
    if not reference:
        return {}
    drifts = compare_counts(reference, facts.window_features(window))
    return {d.name: d for d in drifts if d.applicants and d.reference_applicants}


def _drift(
    facts: ModelFacts,
    against: DayWindow | None,
    drifts: dict[str, FeatureDrift],
    language: Language,
) -> Drift | None:
    if facts.reference is None:
        return None
    features = [drift for name, drift in drifts.items() if name != SCORE]
    features.sort(key=lambda drift: (drift.adjusted_p_value, -drift.psi))
    return {
        "reference": "window" if against else "training",
        "verdict": facts.verdict.as_dict(language) if facts.verdict else None,
        "features": [drift.as_dict() for drift in features],
    }


def _whole_requests(facts: ModelFacts, window: DayWindow) -> dict[date, int]:
    """The refused requests by day: rows without a field count the requests themselves."""
    numbers: dict[date, int] = {}
    for row in facts.refused:
        if row.day in window and not row.field:
            numbers[row.day] = numbers.get(row.day, 0) + row.number
    return numbers


def _refused_requests(facts: ModelFacts, window: DayWindow) -> RefusedSummary:
    numbers: dict[tuple[str, str], int] = {}
    for row in facts.refused:
        if row.day in window:
            key = (row.kind, row.field)
            numbers[key] = numbers.get(key, 0) + row.number
    refused = sum(number for (_, field), number in numbers.items() if not field)
    decisions = sum(number for day, number in facts.volumes.items() if day in window)
    most_first = sorted(numbers.items(), key=lambda item: (-item[1], item[0]))
    return {
        "number": refused,
        "share": _share(refused, refused + decisions),
        "rows": [{"kind": kind, "field": field, "number": n} for (kind, field), n in most_first],
    }


def performance_parts(
    facts: ModelFacts, window: DayWindow, language: Language = "en"
) -> PerformanceParts:
    """Realised performance over the model's life, and the one expected for the window."""
    calibration = facts.calibration.as_dict(language)
    if facts.manifest is None:  # the costs are not known
        return {"performance": None, "calibration": calibration, "expected_performance": None}
    expected = facts.expected(window)
    by_month = facts.counts_matrix.by_month()
    report = performance_report(by_month, facts.manifest.costs["false_negative"])
    return {
        "performance": report.as_dict(language),
        "calibration": calibration,
        "expected_performance": expected.as_dict(language) if expected else None,
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
