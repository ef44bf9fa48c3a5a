"""Simulated traffic: what the service would have stored, on the days and at the risk planned."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from credit_scoring.decisions.uuid7 import time_of_id
from credit_scoring.errors import FeatureError, SettingError
from credit_scoring.laboratory.score_dataset import LoadedBundle
from credit_scoring.laboratory.simulation.plan import SimulationPlan
from credit_scoring.laboratory.simulation.population import generate_population
from credit_scoring.scoring.scorer import Scorer
from tests.laboratory.simulation.conftest import QUIET, UNTIL

WEEK = 7  # days


def entries_of(days):
    return [entry for day in days for entry in day.entries]


def inputs_of(entry):
    return dict(zip(entry.names.names, json.loads(entry.inputs), strict=True))


def test_decisions_are_those_of_the_scorer_bit_for_bit(make_days, loaded):
    scorer = Scorer(loaded.bundle)
    for entry in entries_of(make_days(weeks=1)):
        assert entry.decision == scorer.score(inputs_of(entry))
        assert bool(entry.reasons) == (entry.decision.decision == "REFUSED")
        assert entry.model_digest == loaded.bundle.manifest.pickle["sha256"]
        assert entry.applicant_id.startswith("simulated-")


def test_days_are_complete_and_end_before_the_date(make_days):
    days = make_days()
    assert [len(day.entries) for day in days] == [50] * 14
    ids = [entry.decision_id for entry in entries_of(days)]
    assert ids == sorted(set(ids))
    dates = [time_of_id(day.entries[0].decision_id).date() for day in days]
    assert dates == [UNTIL - timedelta(days=14 - number) for number in range(14)]
    assert time_of_id(ids[-1]) < datetime(2026, 11, 2, tzinfo=UTC)


def test_same_plan_gives_the_same_log(make_days):
    assert make_days(outcomes_after=1) == make_days(outcomes_after=1)
    assert make_days(seed=1)[0].entries[0].inputs != make_days()[0].entries[0].inputs


def test_days_before_the_shift_are_those_without_it_under_other_ids(make_days):
    plain, shifted = make_days(), make_days(shifts={"EXT_SOURCE_2": -1.0}, from_week=2)
    inputs = [[entry.inputs for entry in entries_of(days)] for days in (plain, shifted)]
    assert inputs[0][: WEEK * 50] == inputs[1][: WEEK * 50]
    assert inputs[0][WEEK * 50 :] != inputs[1][WEEK * 50 :]
    ids = [{entry.decision_id for entry in entries_of(days)} for days in (plain, shifted)]
    assert not ids[0] & ids[1]


def test_shift_moves_the_mean_from_its_week_on(make_days, population):
    days = make_days(per_day=500, shifts={"EXT_SOURCE_2": -0.5}, from_week=2)
    column = population.table.features["EXT_SOURCE_2"].drop_nulls().to_numpy()
    moved = [
        np.mean(
            [value for entry in entries_of(week) if (value := inputs_of(entry)["EXT_SOURCE_2"])]
        )
        for week in (days[:WEEK], days[WEEK:])
    ]
    assert (np.array(moved) - column.mean()) / column.std() == pytest.approx([0, -0.5], abs=0.1)


def test_outcomes_of_accepted_applicants_come_after_the_weeks(make_days):
    days = make_days(outcomes_after=1)
    assert [bool(day.outcomes) for day in days] == [True] * WEEK + [False] * WEEK
    for day in days:
        accepted = [entry for entry in day.entries if entry.decision.decision == "ACCEPTED"]
        assert len(day.outcomes) + day.due == len(accepted)
        assert day.outcomes.keys() <= {entry.decision_id for entry in accepted}
        for decision_id, outcome in day.outcomes.items():
            assert outcome.made_at == time_of_id(decision_id) + timedelta(weeks=1)
            assert time_of_id(outcome.outcome_id) == outcome.made_at


@pytest.mark.parametrize("lost", [0.0, 1.0], ids=str)
def test_lost_calibration_is_in_the_outcomes_from_its_week_on(make_days, population, lost):
    days = make_days(per_day=1000, outcomes_after=0, lost_calibration=lost, from_week=2)
    risk = dict(zip(population.applicant_ids, population.default_probability, strict=True))
    for week, log_odds in ((days[:WEEK], 0.0), (days[WEEK:], lost)):
        accepted = [e for e in entries_of(week) if e.decision.decision == "ACCEPTED"]
        odds = np.array([risk[e.applicant_id] / (1 - risk[e.applicant_id]) for e in accepted])
        expected = odds * np.exp(log_odds) / (1 + odds * np.exp(log_odds))
        outcomes = [outcome.outcome for day in week for outcome in day.outcomes.values()]
        error = np.sqrt(np.sum(expected * (1 - expected)))
        assert abs(sum(outcomes) - expected.sum()) < 4 * error


def test_lost_calibration_needs_the_true_risk(make_days, population):
    labelled = dataclasses.replace(population, has_true_risk=False)
    with pytest.raises(SettingError, match="only generated applicants have"):
        make_days(labelled, lost_calibration=1.0, from_week=1)


def test_change_after_the_last_week_is_refused():
    with pytest.raises(SettingError, match="--from-week is 6, but the last week is 4"):
        SimulationPlan(until=UNTIL, weeks=4, shifts={"EXT_SOURCE_2": 1.0})


def test_flat_table_cannot_be_generated(loaded, tmp_path):
    (tmp_path / "schema.toml").touch()
    with pytest.raises(FeatureError, match=r"trained on a flat table.*--data"):
        generate_population(LoadedBundle(tmp_path, loaded.bundle), 100, 0, QUIET)
