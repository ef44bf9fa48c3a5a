"""Row 33 of docs/reliability.md: real drift is found, and no drift is reported without it.

bench/monitoring.py repeats this on a larger scale.
"""

import numpy as np
import pytest

from tests.monitoring.drift.simulated_traffic import (
    daily_looks,
    draw_population,
    first_alarm,
    shift_numbers,
)

FEATURES = 40


@pytest.mark.parametrize("reference", [200, 2000, 20_000])
@pytest.mark.parametrize("per_day", [1, 20, 200, 5000])
def test_row_33_unchanged_traffic_is_quiet(per_day, reference):
    """A look every day of a month, from samples of one applicant to 150,000."""
    for seed in range(3):
        rng = np.random.default_rng([seed, per_day, reference])
        population = draw_population(rng, reference, FEATURES)
        daily = population.draw_days(rng, rng.poisson(per_day, size=30))
        assert first_alarm(daily_looks(population, daily)) is None


@pytest.mark.parametrize("reference", [2000, 20_000])
def test_row_33_half_a_deviation_is_found_within_a_week(reference):
    for seed in range(10):
        rng = np.random.default_rng([seed, reference])
        before = draw_population(rng, reference, FEATURES)
        moved = rng.choice(before.numbers, size=5, replace=False)
        after = shift_numbers(before, moved, 0.5)
        parts = [before.draw_days(rng, [200] * 30), after.draw_days(rng, [200] * 7)]
        alarm = first_alarm(daily_looks(before, np.vstack(parts), first=29))
        assert alarm is not None
        assert alarm.day >= 30
        assert set(alarm.rejected) <= set(moved)
        assert np.abs(alarm.since[alarm.rejected] - 30).max() <= 7


def test_row_33_a_shift_is_found_in_small_samples_too():
    rng = np.random.default_rng(0)
    before = draw_population(rng, 2000, FEATURES)
    after = shift_numbers(before, before.numbers[:5], 1.0)
    parts = [before.draw_days(rng, [20] * 30), after.draw_days(rng, [20] * 30)]
    alarm = first_alarm(daily_looks(before, np.vstack(parts), first=29))
    assert alarm is not None
    assert alarm.day >= 30
