"""The trial in a child process: hostile texts kill the child, and this process says so."""

import os
import signal

import lightgbm as lgb
import numpy as np
import pytest

from credit_scoring.bundle import model_trial, trial_child
from credit_scoring.bundle.model_trial import raw_scores_in_child
from credit_scoring.errors import BundleError
from tests.bundle.attacks import edited, item

ROWS = np.arange(27.0).reshape(3, 9)


@pytest.fixture
def probe(monkeypatch):
    """Run `child_probe` as the child; returns why the "text" is refused."""
    monkeypatch.setattr(model_trial, "CHILD", "tests.bundle.child_probe")

    def refusal(text):
        with pytest.raises(BundleError) as caught:
            raw_scores_in_child(text, ROWS, "model.pkl")
        return str(caught.value)

    return refusal


def test_a_good_text_gives_its_raw_scores(good_text):
    expected = lgb.Booster(model_str=good_text).predict(ROWS, raw_score=True)
    assert raw_scores_in_child(good_text, ROWS, "model.pkl").tolist() == expected.tolist()


def test_the_childs_own_checks(good_text):
    """In this process, on texts that do not crash it."""
    scores = trial_child._try("risk", good_text, ROWS.tobytes(), 9)["values"]
    assert scores == lgb.Booster(model_str=good_text).predict(ROWS, raw_score=True).tolist()
    other_width = trial_child._try("risk", good_text, ROWS.tobytes(), 3)["refused"]
    assert other_width.startswith("LightGBMError: ")
    not_finite = edited(
        good_text, "leaf_value", lambda old: " ".join("nan" for _ in old.split()), 0
    )
    answer = trial_child._try("risk", not_finite, ROWS.tobytes(), 9)
    assert answer == {"refused": "ValueError: a score or a contribution is not a finite number"}


HOSTILE = {
    "a child far below the first leaf": ("left_child", item(0, "-1000000"), 0),
    "children in a circle": ("left_child", item(0, "0"), 0),
    "minus one leaf": ("num_leaves", "-1", 0),
    "a million classes": ("num_class", "1000000", None),
    "sizes beyond the end": ("tree_sizes", item(1, "99999999"), None),
    "a leaf that is not a number": ("leaf_value", item(0, "nan"), 0),
    "features beyond memory": ("max_feature_idx", "2147483646", None),
}


@pytest.mark.parametrize(("key", "value", "tree"), HOSTILE.values(), ids=HOSTILE)
def test_the_child_takes_the_blow_without_the_grammar(good_text, monkeypatch, key, value, tree):
    monkeypatch.setattr(model_trial, "CPU_SECONDS", 2)
    rows = np.tile([[0.0], [1.0], [5.0], [30.0], [np.nan]], 9)  # to reach more than one leaf
    with pytest.raises(BundleError, match=r"^model\.pkl: LightGBM .*train or fetch"):
        raw_scores_in_child(edited(good_text, key, value, tree), rows, "model.pkl")


@pytest.mark.parametrize("number", [signal.SIGABRT, signal.SIGFPE, signal.SIGSEGV, signal.SIGKILL])
def test_the_death_of_the_child_is_an_error_with_its_signal(probe, number):
    message = probe(f"signal {number.value}")
    assert f"a child process that read it died of {number.name}. The text is damaged" in message


@pytest.mark.parametrize("text", ["silence", "nonsense", "a number"])
def test_a_child_without_an_answer_is_an_error(probe, text):
    assert "ended with code 0 and no answer" in probe(text)


def test_a_child_that_hangs_is_stopped(probe, monkeypatch):
    monkeypatch.setattr(model_trial, "WALL_SECONDS", 2)
    assert "did not end within 2 seconds" in probe("wait")


def test_a_child_that_computes_for_ever_is_stopped(probe):
    assert "took too much time" in probe("spin")


def test_memory_is_limited(good_text, monkeypatch):
    monkeypatch.setattr(model_trial, "MEMORY", 0)
    monkeypatch.setattr(model_trial, "MEMORY_PER_BYTE", 0)
    with pytest.raises(BundleError, match=r"LightGBM (fails on|does not read) the model's text"):
        raw_scores_in_child(good_text, np.zeros((200_000, 9)), "model.pkl")


def test_the_child_has_no_secret_no_descriptor_and_writes_no_core(probe, monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        message = probe("report")
    assert "DATABASE_URL" not in message
    assert "'descriptors': 3" in message
    assert "'core': [0, 0]" in message
    assert "'session': True" in message


def test_a_full_disk_is_an_error_with_the_remedy(monkeypatch):
    def full():
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(model_trial.tempfile, "TemporaryFile", full)
    with pytest.raises(BundleError, match=r"No space left .*: free disk space and memory"):
        raw_scores_in_child("", ROWS, "model.pkl")
