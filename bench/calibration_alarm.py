"""The calibration alarm: how often it is false over many looks, and how soon it finds a loss.

A simulation trains a calibration and a threshold (`_simulated_outcomes`), then draws accepted
applicants of a fresh sample, month by month, and their outcomes from the true probabilities of the
sample. The alarm is evaluated once a week. It is

- false if nothing changed, over two years of 50 to 3,000 outcomes a month;
- true after a loss of calibration: the log-odds of every applicant moved by a shift, or multiplied
  by a slope, from the first month on or after six good months of 500 outcomes each.

    python bench/calibration_alarm.py [--quick] [--bundle FOLDER]

The last line is one JSON object: the share of the simulations with a false alarm, and by loss the
share that is found with 1,000 and with 2,000 outcomes after it.
"""

# ruff: noqa: E402 - the path comes before the imports it is for

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from _options import parse_options
from _simulated_outcomes import TRAINING_APPLICANTS, Population, SimulatedModel, fresh_population

from credit_scoring.bundle.reference import SCORE_BINS, bin_log_odds
from credit_scoring.monitoring.log_sum_exp import log_sum_exp
from credit_scoring.monitoring.performance.calibration_alarm import (
    ERROR_LEVEL,
    accepted_prior,
    log_e_terms,
)
from credit_scoring.monitoring.performance.first_outcomes import Outcomes, first_outcomes
from credit_scoring.report_table import ReportTable, report_console

LOOKS_PER_MONTH = 4
MONTHS_OF_FALSE_ALARMS = 24
MONTHLY_OUTCOMES = (50, 200, 1000, 3000)
LOSS_MONTHS = 4  # of 500 outcomes each
LOSS_OUTCOMES = 500


@dataclass(frozen=True)
class Loss:
    """A change of the true log-odds after some good months."""

    shift: float = 0.0
    slope: float = 1.0
    good_months: int = 0

    @property
    def name(self) -> str:
        """The row's name."""
        change = f"slope {self.slope}" if self.slope != 1 else f"log-odds {self.shift:+}"
        return f"{change} after {self.good_months} months" if self.good_months else change


LOSSES = (
    Loss(0.5),
    Loss(0.7),
    Loss(-0.7),
    Loss(slope=0.6),
    Loss(0.7, good_months=6),
    Loss(slope=0.6, good_months=6),
)


def evidence_by_look(
    population: Population, training: int, months: list[int], loss: Loss, seed: int
) -> Iterator[float]:
    """Yield the log evidence at each look, with that many outcomes in each of the `months`."""
    rng = np.random.default_rng([seed, training])
    model = SimulatedModel.train(population, training, rng)
    accepted = np.flatnonzero(~model.refused)
    counts = np.zeros((2, len(months), SCORE_BINS))  # by outcome
    looks: list[Outcomes] = []  # the outcomes between two looks
    prior = accepted_prior(model.reference, model.count(accepted))
    for month, outcomes in enumerate(months):
        change = (loss.shift, loss.slope) if month >= loss.good_months else (0.0, 1.0)
        for part in np.array_split(rng.choice(accepted, outcomes), LOOKS_PER_MONTH):
            default = population.draw_outcomes(part, rng, *change)
            defaults, repaid = (model.count(part[s]).astype(float) for s in (default, ~default))
            looks.append((defaults, repaid))
            counts[:, month] += looks[-1]
            first = first_outcomes(looks)
            so_far = counts[:, : month + 1]
            terms = log_e_terms(so_far[0], so_far[1], first, bin_log_odds(), prior)
            yield float(log_sum_exp(terms))


def false_alarms(population: Population, training: int, simulations: int) -> float:
    """Return the share of simulations with an alarm at any look although nothing changed."""
    alarms = 0
    for seed in range(simulations):
        months = [MONTHLY_OUTCOMES[seed % len(MONTHLY_OUTCOMES)]] * MONTHS_OF_FALSE_ALARMS
        looks = evidence_by_look(population, training, months, Loss(), seed)
        alarms += any(is_alarm(evidence) for evidence in looks)
    return alarms / simulations


def found(population: Population, loss: Loss, simulations: int) -> dict[str, float]:
    """Return the share of simulations with an alarm by 1,000 and by 2,000 outcomes."""
    shares = dict.fromkeys(("1000", "2000"), 0.0)
    months = [LOSS_OUTCOMES] * (loss.good_months + LOSS_MONTHS)
    for seed in range(simulations):
        looks = list(evidence_by_look(population, TRAINING_APPLICANTS, months, loss, seed))
        after = looks[loss.good_months * LOOKS_PER_MONTH :]
        for name in shares:
            number = int(name) // LOSS_OUTCOMES * LOOKS_PER_MONTH
            shares[name] += any(map(is_alarm, after[:number])) / simulations
    return {name: round(share, 3) for name, share in shares.items()}


def is_alarm(evidence: float) -> bool:
    return bool(evidence >= -np.log(ERROR_LEVEL))


def main() -> None:
    options = parse_options(__doc__, "40 simulations instead of 200")
    population = fresh_population(options.bundle)
    simulations = 40 if options.quick else 200
    false = {
        training: false_alarms(population, training, simulations)
        for training in (TRAINING_APPLICANTS, 2000)
    }
    losses = {loss.name: found(population, loss, simulations) for loss in LOSSES}
    title = f"Share of {simulations} simulations with an alarm"
    table = ReportTable(title, "change", "1,000 outcomes", "2,000 outcomes", "two years")
    for training, share in false.items():
        table.add_row(f"none, trained on {training:,}", "", "", f"{share:.1%}")
    for name, shares in losses.items():
        table.add_row(name, *(f"{share:.1%}" for share in shares.values()), "")
    report_console().print(table)
    print(json.dumps({"simulations": simulations, "false_alarms": false, "found": losses}))


if __name__ == "__main__":
    main()
