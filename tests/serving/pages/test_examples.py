"""The examples of the page that decides are golden rows, named after what the model says."""

from types import SimpleNamespace

import pytest

from credit_scoring.bundle.manifest import CLOSE_ROW
from credit_scoring.bundle.read_bundle import read_bundle
from credit_scoring.scoring.scorer import Scorer
from credit_scoring.serving.pages.examples import examples
from tests.server_process import ROOT


def manifest(**probabilities):
    rows = [
        {"name": name.replace("_", " "), "features": {"x": p}, "probability": p}
        for name, p in probabilities.items()
    ]
    return SimpleNamespace(golden_rows=rows, threshold={"value": 0.1}, version="a")


def test_rows_are_named_after_the_decision():
    found = examples(manifest(typical=0.1, low_risk=0.05, close_to_the_threshold=0.11, high=0.5))
    assert [(row.kind, row.probability) for row in found] == [
        ("accepted", 0.05),
        ("close", 0.11),
        ("refused", 0.1),
    ]


def test_a_bundle_without_a_refused_row_has_no_such_example():
    assert [row.kind for row in examples(manifest(typical=0.02))] == ["accepted"]


def test_the_shipped_model_decides_as_the_examples_say():
    bundle = read_bundle(ROOT / "models/latest")
    scorer = Scorer(bundle)
    decisions = {row.kind: scorer.score(row.features) for row in examples(bundle.manifest)}
    is_close = any(row["name"] == CLOSE_ROW for row in bundle.manifest.golden_rows)
    assert list(decisions) == ["accepted", *(["close"] if is_close else []), "refused"]
    assert [decisions[kind].score for kind in ("accepted", "refused")] == [0, 1]
    if is_close:
        close = decisions["close"]
        assert close.probability == pytest.approx(close.threshold, rel=0.1)
