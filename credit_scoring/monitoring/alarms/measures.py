"""What alarm rules measure: a value of a model in production, from its counts.

Differences of shares are measured beyond chance: only the part above four standard errors counts.
By chance such a value exceeds 0 at most once in about 10,000 looks, whatever the number of
decisions. So daily looks at several shares add almost nothing to the false alarms of the two
sequential verdicts.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

import numpy as np
from numpy.typing import NDArray

from credit_scoring.bundle.reference import SCORE_EDGES, Reference, bin_probability
from credit_scoring.monitoring.alarms.rules import Rule
from credit_scoring.monitoring.drift.bin_counts import Counts
from credit_scoring.monitoring.drift.results import DriftVerdict
from credit_scoring.monitoring.latency import latency_percentiles
from credit_scoring.monitoring.model_facts import DayWindow, ModelFacts
from credit_scoring.monitoring.sentence import Sentence

STANDARD_ERRORS = 4.0
MAX_EVIDENCE = 1e12  # higher values are capped
LISTED = 3  # features that a message names
WEEKS = 4  # whose median is the usual volume
WEEK = 7  # days
BinCounts = Sequence[int] | NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Measurement:
    """A value (None if it cannot be computed), from `number` of what the rule counts.

    `since`: the first day of the change, if known.
    """

    value: float | None
    number: int
    message: Sentence
    since: date | None = None


def drift(facts: ModelFacts, _rule: Rule) -> Measurement:
    """The evidence that features have changed: e-BH's statistic; its level is 1 / limit."""
    verdict = facts.verdict
    number = sum(counts.decisions for counts in facts.days.values())
    if verdict is None:
        return Measurement(None, number, Sentence("measures.no_drift_reference"))
    if not verdict.moved:
        return Measurement(e_bh_statistic(verdict), number, Sentence("measures.not_moved"))
    named = [feature.sentence() for feature in verdict.moved[:LISTED]]
    more = len(verdict.moved) - LISTED
    key = "measures.moved_more" if more > 0 else "measures.moved"
    message = Sentence(key, {"features": named, "more": more})
    since = min(feature.since for feature in verdict.moved)
    return Measurement(e_bh_statistic(verdict), number, message, since)


def e_bh_statistic(verdict: DriftVerdict) -> float:
    """The largest k e(k) / K, e(k) the k-th largest of K e-values: e-BH rejects from 1 / level on.

    Source: Wang and Ramdas (2022), False discovery rate control with e-values.
    """
    descending = np.sort(list(verdict.log_evidence.values()))[::-1]
    ranks = np.arange(1, len(descending) + 1)
    return _evidence(float((descending + np.log(ranks / len(descending))).max()))


def calibration(facts: ModelFacts, _rule: Rule) -> Measurement:
    """The evidence that the relation between score and default has changed since training."""
    verdict = facts.calibration
    message = verdict.sentence()
    since = date.fromisoformat(f"{verdict.since}-01") if verdict.since else None
    return Measurement(_evidence(verdict.log_evidence), verdict.outcomes, message, since)


def _evidence(log_evidence: float) -> float:
    return float(f"{min(math.exp(min(log_evidence, 700.0)), MAX_EVIDENCE):.4g}")


def cost(facts: ModelFacts, rule: Rule) -> Measurement:
    """The realised cost of accepted applicants divided by the predicted cost, minus 1.

    Only days with complete outcomes count. The standard errors are those of the outcomes and of
    the reference.
    """
    first = f"{_window(facts, rule).since:%Y-%m}"
    days = [day for day in facts.outcomes.days if day.month >= first]
    default = np.sum([day.default for day in days], axis=0)
    total = default + np.sum([day.repaid for day in days], axis=0)
    outcomes, probability = int(np.sum(total)), bin_probability()
    expected = float(np.sum(total * probability))
    if not expected:
        return Measurement(None, outcomes, Sentence("measures.no_cost"))
    chance = float(np.sum(total * probability * (1 - probability))) / expected**2
    in_training = sum(facts.reference.score.default) if facts.reference else 0
    ratio = float(np.sum(default)) / expected
    excess = ratio - 1 - STANDARD_ERRORS * math.sqrt(chance + 1 / max(in_training, 1))
    return Measurement(excess, outcomes, Sentence("measures.cost", {"ratio": ratio}))


def refused_share(facts: ModelFacts, rule: Rule) -> Measurement:
    """The difference of the refused share from the one in training, beyond chance."""
    window = _window(facts, rule)
    counts = facts.window(window)
    if facts.reference is None or facts.manifest is None or not counts.decisions:
        return Measurement(None, counts.decisions, Sentence("measures.no_refused_share"))
    refused = sum(counts.scores["REFUSED"]) / counts.decisions
    threshold = facts.manifest.threshold["value"]
    expected = training_refused_share(facts.reference, threshold)
    applicants = int(facts.reference.score.applicants_per_bin.sum())
    excess = abs(refused - expected) - _chance(expected, counts.decisions, applicants)
    values = {
        "refused": refused, "training": expected, "since": window.since, "until": window.until,
        "difference": 100 * abs(refused - expected), "beyond": 100 * excess,
    }  # fmt: skip
    key = "measures.refused_share_beyond" if excess >= 0 else "measures.refused_share"
    return Measurement(excess, counts.decisions, Sentence(key, values))


def training_refused_share(reference: Reference, threshold: float) -> float:
    """The share of out-of-fold predictions at or above the threshold, interpolated in its bin."""
    counts = reference.score.applicants_per_bin
    below = np.cumsum(counts)[:-1] / max(int(counts.sum()), 1)
    log_odds = math.log(threshold / (1 - threshold)) if 0 < threshold < 1 else math.inf
    return 1 - float(np.interp(log_odds, SCORE_EDGES, below))


def missing_share(facts: ModelFacts, rule: Rule) -> Measurement:
    """The largest excess of a feature's missing share over the one in training, beyond chance."""
    window = _window(facts, rule)
    counts = facts.window_features(window)
    decisions = facts.window(window).decisions
    excess = dict(_missing_excess(facts, counts))
    if not excess:
        return Measurement(None, decisions, Sentence("measures.no_missing_share"))
    most = sorted(excess, key=lambda name: -excess[name])
    named = [name for name in most[:LISTED] if excess[name] >= rule.off] or most[:1]
    training = facts.reference_counts or {}
    shares = {name: (counts[name], training[name]) for name in named}
    features = [_missing_feature(name, *both) for name, both in shares.items()]
    message = Sentence("measures.missing_share", {"features": features})
    return Measurement(excess[most[0]], decisions, message)


def _missing_feature(name: str, counts: BinCounts, training: BinCounts) -> Sentence:
    shares = {"share": missing_share_of(counts), "training": missing_share_of(training)}
    return Sentence("measures.missing_feature", {"name": name, **shares})


def _missing_excess(facts: ModelFacts, counts: Counts) -> Iterator[tuple[str, float]]:
    """The excess of the missing share of each feature of the reference that was counted."""
    for feature in facts.reference.features if facts.reference else ():
        number = int(np.sum(counts[feature.name]))
        if number:
            applicants = sum(feature.counts)
            share = (feature.counts[-1] + 1) / (applicants + 2)
            excess = missing_share_of(counts[feature.name]) - share
            yield feature.name, excess - _chance(share, number, applicants)


def missing_share_of(counts: BinCounts) -> float:
    """The share of the last bin."""
    return float(counts[-1] / np.sum(counts))


def _chance(share: float, number: int, in_training: int) -> float:
    """Four standard errors of the difference of two shares, of `number` and `in_training` cases."""
    variance = share * (1 - share) * (1 / max(number, 1) + 1 / max(in_training, 1))
    return STANDARD_ERRORS * math.sqrt(variance)


def latency(facts: ModelFacts, rule: Rule) -> Measurement:
    """The 95 % point of the time per applicant in the handler, in milliseconds."""
    counts = facts.window(_window(facts, rule)).handler_ms
    percentiles = latency_percentiles(counts)
    if percentiles is None:
        return Measurement(None, 0, Sentence("measures.no_latency"))
    message = Sentence("measures.latency", {"milliseconds": percentiles["p95"]})
    return Measurement(percentiles["p95"], sum(counts), message)


def refused_requests(facts: ModelFacts, rule: Rule) -> Measurement:
    """The share of refused requests among all scoring requests, beyond chance."""
    window = _window(facts, rule)
    refused = sum(row.number for row in facts.refused if row.day in window and not row.field)
    number = refused + sum(n for day, n in facts.volumes.items() if day in window)
    if not number:
        return Measurement(None, 0, Sentence("measures.no_request"))
    share = refused / number
    chance = STANDARD_ERRORS * math.sqrt(share * (1 - share) / number)
    message = Sentence("measures.refused_requests", {"share": share})
    return Measurement(share - chance, number, message)


def volume(facts: ModelFacts, rule: Rule) -> Measurement:
    """The decisions of the last weeks, divided by the median of the four preceding periods."""
    weeks = -(-rule.window // WEEK)
    last = facts.today - timedelta(1 + rule.lag)
    ends = [last - timedelta(WEEK * weeks * number) for number in range(WEEKS + 1)]
    numbers = [_volume(facts, DayWindow.ending(end, WEEK * weeks)) for end in ends]
    usual = median(numbers[1:])
    if not usual or min(facts.volumes) > ends[-1] - timedelta(WEEK * weeks - 1):
        return Measurement(None, 0, Sentence("measures.no_volume"))
    message = Sentence("measures.volume", {"decisions": numbers[0], "usual": usual})
    return Measurement(numbers[0] / usual, int(usual), message)


def _volume(facts: ModelFacts, window: DayWindow) -> int:
    return sum(number for day, number in facts.volumes.items() if day in window)


def outcomes_overdue(facts: ModelFacts, rule: Rule) -> Measurement:
    """The share of accepted applicants without an outcome, in a window long ago."""
    window = _window(facts, rule)
    counts = [counts for day, counts in facts.days.items() if day in window]
    accepted = sum(sum(day.scores["ACCEPTED"]) for day in counts)
    known = sum(sum(map(sum, day.outcomes["ACCEPTED"].values())) for day in counts)
    if not accepted:
        return Measurement(None, 0, Sentence("measures.no_outcomes_overdue"))
    days = {"since": window.since, "until": window.until}
    message = Sentence("measures.outcomes_overdue", {"known": known, "accepted": accepted, **days})
    return Measurement(1 - known / accepted, accepted, message)


def no_reference(facts: ModelFacts, rule: Rule) -> Measurement:
    """1 if drift cannot be computed, because the reference or the bundle is missing; else 0."""
    decisions = facts.window(_window(facts, rule)).decisions
    version = {"version": facts.model.version}
    if facts.manifest is None:
        return Measurement(1.0, decisions, Sentence("measures.no_bundle", version))
    if facts.reference is None:
        return Measurement(1.0, decisions, Sentence("measures.no_reference", version))
    return Measurement(0.0, decisions, Sentence("measures.has_reference"))


def _window(facts: ModelFacts, rule: Rule) -> DayWindow:
    return DayWindow.ending(facts.today - timedelta(rule.lag), max(rule.window, 1))


Measure = Callable[[ModelFacts, Rule], Measurement]
MEASURES: dict[str, Measure] = {
    measure.__name__: measure
    for measure in (
        drift, calibration, cost, refused_share, missing_share, latency, refused_requests, volume,
        outcomes_overdue, no_reference,
    )
}  # fmt: skip
