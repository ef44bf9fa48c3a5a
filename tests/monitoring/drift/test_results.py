"""Bands, sentences and JSON of the drift results."""

import json
from dataclasses import replace
from datetime import date

import pytest

from credit_scoring.monitoring.drift.results import DriftVerdict, FeatureDrift, MovedFeature

DRIFT = FeatureDrift(
    name="EXT_SOURCE_2",
    applicants=500,
    reference_applicants=20_000,
    psi=0.21,
    psi_by_chance=0.02,
    psi_limit=0.04,
    chi_square=105.0,
    degrees=10,
    p_value=1e-17,
    adjusted_p_value=1e-15,
    missing_share=0.1,
    reference_missing_share=0.05,
)
MOVED = MovedFeature(since=date(2026, 10, 12), log_evidence=20.5, drift=DRIFT)


@pytest.mark.parametrize(
    ("psi", "limit", "band"),
    [
        (0.02, 0.01, "none"),
        (0.2, 0.3, "within chance"),
        (0.3, 0.3, "within chance"),
        (0.1, 0.04, "moderate"),
        (0.25, 0.04, "large"),
    ],
    ids=["none", "small-sample", "at-the-limit", "moderate", "large"],
)
def test_the_band_counts_only_what_chance_does_not_explain(psi, limit, band):
    assert replace(DRIFT, psi=psi, psi_limit=limit).band == band


def test_a_finding_is_a_sentence():
    since = "EXT_SOURCE_2 has moved since about 12 October"
    expected = f"{since}: PSI since then 0.21 (0.02 expected by chance)"
    assert MOVED.sentence().text() == expected


def test_a_verdict_is_json():
    verdict = DriftVerdict((MOVED,), {"EXT_SOURCE_2": 20.5, "AMT_CREDIT": -0.1}, 0.05)
    document = json.loads(json.dumps(verdict.as_dict()))
    assert document["alarm"] is True
    assert document["moved"][0]["since"] == "2026-10-12"
    assert document["moved"][0]["drift"]["band"] == "moderate"


def test_a_verdict_without_moved_features_is_no_alarm():
    assert not DriftVerdict((), {"AMT_CREDIT": -0.1}, 0.05).alarm
