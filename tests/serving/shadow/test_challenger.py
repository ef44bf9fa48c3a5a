"""A challenger's obstacles are named; it never guesses."""

import dataclasses

import pytest
from pydantic_core import to_json

from credit_scoring.bundle.read_bundle import read_bundle
from credit_scoring.decisions.shadow_scores import ShadowScore
from credit_scoring.scoring import verify_bundle
from credit_scoring.serving.shadow.challenger import Challenger, load_challenger
from credit_scoring.serving.shadow.pending_scores import PendingScore, PendingScores
from tests.serving.small_bundle import EXAMPLE, REQUIRED


@pytest.fixture(scope="module")
def challenger(bundle_folder):
    return Challenger(read_bundle(bundle_folder), {"known": frozenset(EXAMPLE)})


def pending(digest="other", **changes):
    features = {**EXAMPLE, **changes}
    values = {name: value for name, value in features.items() if value is not ...}
    return PendingScore("d", digest, 0, to_json(values).decode(), None)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (pending(EXT_SOURCE_2=...), "feature not requested"),
        (pending(CNT_CHILDREN=None), "value required"),
        (pending("known", CNT_CHILDREN=...), "value required"),
        (pending(NAME_CONTRACT_TYPE="a loan of another kind"), "value not allowed"),
        (pending(EXT_SOURCE_2=7), "value not allowed"),
        (pending(EXT_SOURCE_2="0.5"), "value not allowed"),
        (pending()._replace(inputs="no JSON"), "inputs unreadable"),
        (pending()._replace(inputs="[1]", names=("A", "B")), "inputs unreadable"),
    ],
    ids=[
        "feature of another model", "null", "left out and required", "unknown level",
        "out of range", "a text", "no JSON", "other names",
    ],
)  # fmt: skip
def test_obstacle_is_named(challenger, one, expected):
    assert "CNT_CHILDREN" in REQUIRED
    assert challenger.score([one]) == [expected]


def test_others_of_the_slice_are_scored(challenger):
    results = challenger.score(
        [pending(), pending(EXT_SOURCE_2=7), pending("known", EXT_SOURCE_2=..., ANOTHER=1)]
    )
    assert [isinstance(result, ShadowScore) for result in results] == [True, False, True]
    alone = challenger.score([pending()])
    assert results[0] == alone[0]


def test_queue_is_bounded_and_keeps_the_order():
    queue = PendingScores(3)
    scores = [pending()._replace(decision_id=str(number)) for number in range(5)]
    assert queue.put(scores[:2]) == 0
    assert queue.put(scores[2:]) == 2
    assert [one.decision_id for one in queue.take(2)] == ["0", "1"]
    assert [one.decision_id for one in queue.take(9)] == ["2"]
    assert queue.take(1) == []


def test_second_worker_needs_no_trial(app_settings, bundle_folder, tmp_path, monkeypatch):
    trials = []
    monkeypatch.setattr(verify_bundle, "_try_in_child", trials.append)
    settings = dataclasses.replace(
        app_settings, challenger=str(bundle_folder), model_store=tmp_path / "models"
    )
    versions = {load_challenger(settings, {}).version for _ in range(2)}
    assert len(versions) == len(trials) == 1
