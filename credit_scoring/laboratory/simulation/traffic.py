"""The decisions of each simulated day, and the outcomes of accepted applicants."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import numpy as np
from numpy.random import Generator

from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.decisions.input_encoding import InputNames, encode_inputs
from credit_scoring.decisions.records import Durations, LogEntry, Outcome
from credit_scoring.decisions.uuid7 import id_at
from credit_scoring.errors import SettingError
from credit_scoring.estimator.type_aliases import Floats
from credit_scoring.laboratory.simulation.plan import PlannedDay, SimulationPlan
from credit_scoring.laboratory.simulation.population import Population
from credit_scoring.laboratory.simulation.shift import shifted_weights
from credit_scoring.scoring.explanation import Explainer
from credit_scoring.scoring.scorer import Scorer

REQUEST_ID = "simulated"  # of every decision: tells them from a client's
MAX_RANDOM = 1 << 62  # of an id
# Median durations in the model and besides, in milliseconds, and the spread of their logarithm.
MODEL_MS, REST_MS = 0.5, 0.7
DURATION_SPREAD = 0.4


@dataclass(frozen=True)
class DayTraffic:
    """A day's decisions, oldest first, and the outcomes of its accepted applicants by decision.

    `due` accepted applicants have no outcome before the end of the simulation.
    """

    entries: list[LogEntry]
    outcomes: dict[str, Outcome]
    due: int


class Traffic:
    """The traffic of a plan: applicants drawn from a population, decided on by its bundle.

    SettingError if the plan's shifts are not possible, or if its loss of calibration needs true
    risks that the population does not have.
    """

    def __init__(self, plan: SimulationPlan, population: Population, bundle: Bundle) -> None:
        self._plan = plan
        self._population = population
        self._digest = bundle.manifest.pickle["sha256"]
        self._weights = shifted_weights(population.table, plan.shifts) if plan.shifts else None
        self._risk = population.default_probability
        self._changed_risk = _changed_risk(population, plan.lost_calibration)
        self._explainer = Explainer(bundle, Scorer(bundle))
        self._names = InputNames(tuple(population.inputs[0]))
        self._encoded = cache(self._encode)  # an applicant may be drawn several times

    def days(self) -> Iterator[DayTraffic]:
        """The days, oldest first."""
        for day in self._plan.days():
            yield self._day(day)

    def _day(self, day: PlannedDay) -> DayTraffic:
        rng = day.draws()
        times = day.times(rng)
        weights = self._weights if day.is_changed else None
        applicants = rng.choice(len(self._population), len(times), p=weights)
        risk = self._changed_risk if day.is_changed else self._risk
        defaults = (rng.random(len(times)) < risk[applicants]).astype(int).tolist()
        durations = _draw_durations(rng, len(times))
        id_rng = day.id_draws(self._digest)
        entries = [
            self._entry(*values, id_rng)
            for values in zip(applicants.tolist(), times, durations, strict=True)
        ]
        accepted = {
            entry.decision_id: self._outcome(at, default, id_rng)
            for entry, at, default in zip(entries, times, defaults, strict=True)
            if not entry.decision.score
        }
        known = {key: outcome for key, outcome in accepted.items() if self._has_come(outcome)}
        return DayTraffic(entries, known, len(accepted) - len(known))

    def _entry(
        self, applicant: int, at: datetime, durations: Durations, id_rng: Generator
    ) -> LogEntry:
        inputs, reasons = self._encoded(applicant)
        return LogEntry(
            decision=self._population.decisions[applicant],
            inputs=inputs,
            names=self._names,
            model_digest=self._digest,
            request_id=REQUEST_ID,
            reasons=reasons,
            applicant_id=self._population.applicant_ids[applicant],
            decision_id=id_at(at, int(id_rng.integers(MAX_RANDOM))),
            durations=durations,
        )

    def _encode(self, applicant: int) -> tuple[str, list[dict[str, object]]]:
        """The applicant's inputs as text, and the reasons of a refusal."""
        inputs = self._population.inputs[applicant]
        decision = self._population.decisions[applicant]
        reasons = self._explainer.principal_reasons(inputs, decision) if decision.score else ()
        text, _ = encode_inputs(inputs, self._names)
        return text, [reason.as_dict() for reason in reasons]

    def _outcome(self, decided_at: datetime, default: int, id_rng: Generator) -> Outcome:
        at = decided_at + timedelta(weeks=self._plan.outcomes_after)
        return Outcome(id_at(at, int(id_rng.integers(MAX_RANDOM))), at, default, "")

    def _has_come(self, outcome: Outcome) -> bool:
        return outcome.made_at < self._plan.end


def _draw_durations(rng: Generator, number: int) -> list[Durations]:
    """Durations as a service on a small machine has them."""
    model = MODEL_MS * rng.lognormal(0, DURATION_SPREAD, number)
    rest = REST_MS * rng.lognormal(0, DURATION_SPREAD, number)
    return [Durations(*row) for row in np.column_stack([model + rest, model]).round(3).tolist()]


def _changed_risk(population: Population, lost_calibration: float) -> Floats:
    """The risk of default with `lost_calibration` added to its log-odds."""
    if not lost_calibration:
        return population.default_probability
    if not population.has_true_risk:
        raise SettingError(
            "--lose-calibration needs the true risk of each applicant, which only generated "
            "applicants have: leave out --data, or give the folder of a generated sample"
        )
    risk = population.default_probability
    odds = risk / (1 - risk) * np.exp(lost_calibration)
    return np.asarray(odds / (1 + odds))
