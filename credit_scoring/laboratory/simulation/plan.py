"""What is simulated: days, traffic, shifts and delays of outcomes, with the times of each day."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng

from credit_scoring.errors import SettingError
from credit_scoring.laboratory.simulation.shift import Shifts

DAYS_PER_WEEK = 7
FIRST_DAY = date(1970, 1, 1)  # that an id can name
MICROSECONDS_PER_DAY = 24 * 60 * 60 * 1_000_000


@dataclass(frozen=True, kw_only=True)
class SimulationPlan:
    """`weeks` of `per_day` decisions, the last on the day before `until`, in UTC.

    From the week `from_week` on, counted from 1, the features move by `shifts` and the true
    log-odds of default by `lost_calibration`. Outcomes come `outcomes_after` weeks after the
    decision. The same plan gives the same log.
    """

    until: date
    weeks: int = 12
    per_day: int = 200
    shifts: Shifts = field(default_factory=dict)
    lost_calibration: float = 0.0
    from_week: int = 6
    outcomes_after: int = 26
    seed: int = 0

    def __post_init__(self) -> None:
        if self.until - FIRST_DAY < timedelta(weeks=self.weeks):
            raise SettingError(
                f"--until is {self.until}: the first week would be before 1970, and an id has no "
                "such time; give a later day, or fewer --weeks"
            )
        if self.has_change and self.from_week > self.weeks:
            raise SettingError(
                f"--from-week is {self.from_week}, but the last week is {self.weeks}: nothing "
                "would change; give a week that is simulated"
            )

    @property
    def has_change(self) -> bool:
        """Whether something changes from `from_week` on."""
        return bool(self.shifts) or self.lost_calibration != 0

    @property
    def end(self) -> datetime:
        """The end of the last day."""
        return datetime.combine(self.until, time(), UTC)

    @property
    def start(self) -> datetime:
        """The start of the first day."""
        return self.end - timedelta(weeks=self.weeks)

    @property
    def last_day(self) -> date:
        """The last day that is simulated."""
        return self.until - timedelta(days=1)

    @property
    def decisions(self) -> int:
        """The number of decisions."""
        return self.weeks * DAYS_PER_WEEK * self.per_day

    def days(self) -> Iterator["PlannedDay"]:
        """The days, oldest first."""
        for number in range(self.weeks * DAYS_PER_WEEK):
            is_changed = self.has_change and number // DAYS_PER_WEEK + 1 >= self.from_week
            yield PlannedDay(self.start + timedelta(days=number), number, is_changed, self)


@dataclass(frozen=True)
class PlannedDay:
    """A day that begins at `start`; `is_changed` from the plan's `from_week` on."""

    start: datetime
    number: int
    is_changed: bool
    plan: SimulationPlan

    def draws(self) -> Generator:
        """The random numbers of the day's traffic, which depend on the seed alone.

        Simulations with and without a shift have the same days before it.
        """
        return default_rng(SeedSequence(self.plan.seed, spawn_key=(0, self.number)))

    def id_draws(self, model_digest: str) -> Generator:
        """The random numbers of ids, which another plan or model does not have."""
        text = f"{self.plan} {model_digest}"
        entropy = int.from_bytes(hashlib.sha256(text.encode()).digest())
        return default_rng(SeedSequence(entropy, spawn_key=(1, self.number)))

    def times(self, rng: Generator) -> list[datetime]:
        """The times of the day's decisions, in order."""
        microseconds = np.sort(rng.integers(0, MICROSECONDS_PER_DAY, self.plan.per_day))
        return [self.start + timedelta(microseconds=value) for value in microseconds.tolist()]
