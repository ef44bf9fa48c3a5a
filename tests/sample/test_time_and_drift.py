"""The month of each application, and the drift that is planted on request."""

import numpy as np
import polars as pl
import pytest

from credit_scoring.errors import TableError
from credit_scoring.sample import generate_sample
from credit_scoring.sample.time_and_drift import MONTH, MONTHS, SCORES
from tests.sample.real_set import APPLICANTS, FILES

KINDS = ("risk", "input", "ranking")


@pytest.fixture(scope="module", params=KINDS)
def drifting(request, tmp_path_factory):
    """The kind of drift, and the applications and truth of the sample with it."""
    folder = tmp_path_factory.mktemp(request.param)
    generate_sample(folder, applicants=APPLICANTS, seed=5, drift=[request.param])
    return request.param, {
        stem: pl.read_parquet(folder / f"{stem}.parquet") for stem in [*FILES, "truth"]
    }


def test_months_are_two_years_and_equally_likely(applications):
    counts = applications[MONTH].value_counts().sort(MONTH)
    assert counts[MONTH].to_list() == [
        100 * year + month for year in (2014, 2015) for month in range(1, 13)
    ]
    expected = APPLICANTS / MONTHS
    assert ((counts["count"] - expected).abs() < 5 * np.sqrt(expected)).all()


def test_months_are_independent_of_the_risk(applications):
    correlation = applications.select(pl.corr(MONTH, "probability")).item()
    assert abs(correlation) < 4 / np.sqrt(APPLICANTS)


def test_only_what_drifts_differs(tables, drifting):
    kind, drifted = drifting
    changes = {"risk": {"TARGET"}, "input": {"EXT_SOURCE_3"}, "ranking": set(SCORES)}[kind]
    for stem in FILES:
        same = tables[stem].columns
        same = [name for name in same if name not in changes]
        assert drifted[stem].select(same).equals(tables[stem].select(same)), stem
    assert drifted["truth"].equals(tables["truth"]) == (kind != "risk")


def test_drift_of_the_risk_is_in_the_truth(drifting):
    kind, drifted = drifting
    truth = drifted["truth"].join(drifted["application_train"], on="SK_ID_CURR")
    by_year = truth.group_by(pl.col(MONTH) // 100).agg(pl.mean("probability")).sort(MONTH)
    first, second = by_year["probability"]
    assert (second > 1.15 * first) == (kind == "risk")


def test_shifted_score_rises_and_exchanged_scores_keep_their_distribution(tables, drifting):
    kind, drifted = drifting
    before, after = (t["application_train"]["EXT_SOURCE_3"] for t in (tables, drifted))
    assert before.null_count() == after.null_count() or kind == "ranking"
    assert (after.mean() > before.mean() + 0.08) == (kind == "input")


def test_unknown_drift_is_refused(tmp_path):
    message = "drift is 'war': expected risk, input, ranking"
    with pytest.raises(TableError, match=message):
        generate_sample(tmp_path / "new", applicants=100, drift=["war"])
    assert not (tmp_path / "new").exists()
