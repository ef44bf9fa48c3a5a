"""The parts of the page about the model: quality, calibration, importance, inputs, fairness."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from credit_scoring.bundle.fairness import FAIRNESS_FILE, four_fifths_verdict
from credit_scoring.bundle.read_bundle import read_bundle
from credit_scoring.bundle.reference import ScoreReference, bin_probability
from credit_scoring.confidence_interval import wilson_interval
from credit_scoring.serving.pages.model.calibration import calibration, diagrams
from credit_scoring.serving.pages.model.fairness import differences, fairness_figures
from credit_scoring.serving.pages.model.inputs import asked_inputs, important_groups
from credit_scoring.serving.pages.model.quality import MAIN, TECHNICAL, metric_rows

LABEL = 42  # pixels of "100 %"
LATEST = Path(__file__).parents[3] / "models/latest"


@pytest.fixture(scope="module")
def bundle():
    return read_bundle(LATEST)


@pytest.fixture(scope="module")
def manifest(bundle):
    return bundle.manifest


class TestQuality:
    def test_every_metric_of_the_manifest_is_shown(self, manifest):
        shown = {
            row.name for row in (*metric_rows(manifest, MAIN), *metric_rows(manifest, TECHNICAL))
        }
        counts = {"true_positive", "false_negative", "false_positive", "true_negative"}
        assert set(manifest.metrics["held_out"]) - counts - {"default_rate"} <= shown

    def test_shares_follow_from_the_counts(self, manifest):
        rows = {row.name: row for row in metric_rows(manifest, MAIN)}
        held_out = manifest.metrics["held_out"]
        refused, accepted = (int(held_out[n]["value"]) for n in ("false_positive", "true_negative"))
        estimate = rows["good_refused"].estimates[1]
        good = refused + accepted
        assert estimate.value == refused / good
        assert (estimate.low, estimate.high) == wilson_interval(refused / good, good)

    def test_metrics_that_were_not_measured_are_left_out(self, manifest):
        figure = {"value": 0.7, "low": 0.6, "high": 0.8}
        bare = replace(manifest, metrics={"out_of_fold": {"roc_auc": figure}, "held_out": {}})
        (row,) = metric_rows(bare, MAIN)
        assert (row.name, row.estimates[1]) == ("roc_auc", None)


def score_of(repaid, default):
    """A reference with these counts by bin, 122 in all."""
    counts = [np.zeros(122, dtype=int), np.zeros(122, dtype=int)]
    for row, values in zip(counts, (repaid, default), strict=True):
        for position, number in values.items():
            row[position] = number
    return ScoreReference(*(tuple(map(int, row)) for row in counts))


class TestCalibration:
    def test_groups_cover_all_applicants_once(self, manifest):
        score = manifest.reference.score
        found = calibration(score)
        assert len(found.groups) == 10
        assert sum(g.applicants for g in found.groups) == score.applicants_per_bin.sum()
        predicted = [group.predicted for group in found.groups]
        assert predicted == sorted(predicted)
        sizes = [group.applicants for group in found.groups]
        assert max(sizes) < 2 * min(sizes)

    def test_one_bin_is_one_group(self):
        found = calibration(score_of({60: 90}, {60: 10}))
        (group,) = found.groups
        assert group.predicted == pytest.approx(bin_probability()[60])
        assert group.observed.value == 0.1
        assert found.overall == group

    def test_deviation_is_named(self):
        high = calibration(score_of({100: 1000}, {100: 10})).groups[0]
        low = calibration(score_of({20: 10}, {20: 1000})).groups[0]
        assert (high.deviation, low.deviation) == ("too_high", "too_low")
        assert calibration(score_of({60: 886}, {60: 114})).deviating == []

    def test_nobody_has_no_calibration(self):
        assert calibration(score_of({}, {})) is None

    def test_diagrams_show_every_group_inside_the_frame(self, manifest):
        for diagram in diagrams(calibration(manifest.reference.score)):
            frame = diagram["frame"]
            assert len(diagram["points"]) == 10
            for place, _ in diagram["x_ticks"]:
                assert place + LABEL / 2 <= frame.width
            for point in diagram["points"]:
                assert frame.left <= point["x"] <= frame.width - frame.right
                assert frame.top <= point["high"] <= point["y"] <= point["low"]
                assert point["low"] <= frame.height - frame.bottom


class TestInputs:
    @pytest.mark.parametrize("language", ["en", "fr"])
    def test_importance_is_whole(self, manifest, language):
        groups = important_groups(manifest.features, language)
        assert sum(group.share for group in groups) == pytest.approx(1, abs=1e-6)
        assert groups == sorted(groups, key=lambda group: -group.share)
        used = [name for group in groups for name, *_ in group.features]
        assert sorted(used) == sorted(f.name for f in manifest.features if f.importance > 0)

    def test_sensitive_attributes_have_no_name(self, manifest):
        first = next(feature for feature in manifest.features if feature.importance > 0)
        feature = replace(first, feature=replace(first.feature, sensitive="prohibited"))
        (group,) = important_groups((feature,), "en")
        assert group.name == ""

    def test_every_requested_feature_is_listed(self, manifest):
        requested = [feature for feature in manifest.features if feature.is_requested]
        tables = asked_inputs(requested, "en")
        assert sum(len(rows) for rows in tables.values()) == len(requested)
        rows = {row.name: row for table in tables.values() for row in table}
        assert rows["EXT_SOURCE_2"].values == "0 … 1"
        assert rows["AMT_CREDIT"].is_required
        assert rows["ORGANIZATION_TYPE"].values.endswith(", …")
        assert rows["NAME_CONTRACT_TYPE"].values == "Cash loans, Revolving loans"

    def test_a_direction_is_listed(self, manifest):
        feature = next(f for f in manifest.features if f.name == "EXT_SOURCE_2")
        directed = replace(feature, feature=replace(feature.feature, direction="down"))
        ((row,),) = asked_inputs([directed], "en").values()
        assert row.direction == "down"


class TestFairness:
    def test_bundle_without_figures_has_none(self, bundle):
        found = fairness_figures(replace(bundle, documents={}))
        assert (found.figures, found.problem) == (None, "")

    def test_unusable_figures_are_explained(self, bundle):
        found = fairness_figures(replace(bundle, documents={FAIRNESS_FILE: b"{}"}))
        assert found.figures is None
        assert "holds no fairness figures" in found.problem

    def test_small_groups_are_compared_without_each_other(self, bundle):
        content = json.loads(bundle.documents[FAIRNESS_FILE])
        content["attributes"][0]["groups"][0]["small"] = True
        documents = {FAIRNESS_FILE: json.dumps(content).encode()}
        figures = fairness_figures(replace(bundle, documents=documents)).figures
        shown = [[words for words, _ in differences(row)] for row in figures["attributes"]]
        assert shown == [["all", "large"], ["all"], ["all"]]

    @pytest.mark.parametrize(
        ("low", "high", "verdict"),
        [(0.81, 0.9, "meets"), (0.7, 0.79, "fails"), (0.7, 0.9, "unclear"), (0.8, 0.9, "meets")],
    )
    def test_four_fifths_rule_is_certain_only_outside_the_interval(self, low, high, verdict):
        ratio = {"value": 0.8, "low": low, "high": high, "highest": "F", "lowest": "M"}
        assert four_fifths_verdict(ratio) == verdict

    @pytest.mark.parametrize("ratio", [None, {"highest": "F", "lowest": "F"}], ids=["none", "one"])
    def test_one_group_cannot_be_compared(self, ratio):
        assert four_fifths_verdict(ratio) == "incomparable"
