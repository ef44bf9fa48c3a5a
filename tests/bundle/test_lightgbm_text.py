"""The grammar of LightGBM's text: everything that training writes passes, lies are named."""

import json
import pickle
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_scoring.bundle.lightgbm_text.check import require_valid_text
from credit_scoring.bundle.lightgbm_text.header import binary
from credit_scoring.bundle.read_bundle import parse_bundle_manifest, parse_saved_bundle, read_bundle
from credit_scoring.errors import BundleError
from custom_threshold_model import CustomThresholdLGBM
from tests.bundle.attacks import files_with_text, lies
from tests.bundle.mutations import mutations
from tests.server_process import ROOT

MUTATIONS = 100
MAX_MESSAGE = 600  # characters


def refusal(files, text):
    """Why the bundle with `text` is refused before LightGBM reads it; None if it is not."""
    files = files_with_text(files, text)
    try:
        parse_saved_bundle(files, parse_bundle_manifest(files, "attack"), "attack")
    except BundleError as error:
        return str(error)
    return None


def test_a_good_text_passes(attacked_files, good_text):
    assert refusal(attacked_files, good_text) is None


def test_every_lie_is_refused_by_name(attacked_files, good_text):
    """With a matching digest, before LightGBM reads anything."""
    hostile = lies(good_text)
    assert len(hostile) >= 200
    messages = {name: refusal(attacked_files, text) for name, (text, _) in hostile.items()}
    wrong = {
        name: message
        for name, message in messages.items()
        if message is None
        or not message.startswith("attack/model.pkl: LightGBM's text, ")
        or not message.endswith("train or fetch the model again")
        or not re.search(hostile[name][1], message)
        or len(message) > MAX_MESSAGE
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("num_class=1\n", "num_class=1000000\n", "header: num_class is '1000000': expected 1"),
        (
            "left_child=1 2", "left_child=-1000000 2",
            "tree 0: left_child is -1000000: expected a later node, or a leaf from -1",
        ),
        ("num_leaves=8", "num_leaves=-1", "tree 0: num_leaves is -1: expected from 1 to 131072"),
        ("split_feature=7 0", "split_feature=9 0", "split_feature is 9: expected from 0 to 8"),
        ("cat_boundaries=0 2 4", "cat_boundaries=0 2 999", "cat_boundaries is 999: expected"),
        ("is_linear=0", "is_linear=1", "tree 0: is_linear is 1: expected 0: no linear trees"),
    ],
    ids=["classes", "child", "leaves", "feature", "category set", "linear"],
)  # fmt: skip
def test_the_message_has_tree_key_value_and_expectation(
    attacked_files, good_text, old, new, message
):
    sizes = re.search(r"tree_sizes=(\d+)", good_text)
    grown = f"tree_sizes={int(sizes[1]) + (len(new) - len(old)) * ('class' not in old)}"
    text = good_text.replace(old, new, 1).replace(sizes[0], grown)
    assert message in refusal(attacked_files, text)


def test_a_mutation_is_refused_or_gives_the_same_golden_rows(
    attacked_folder, attacked_files, good_text, tmp_path
):
    """What passes the grammar is loaded in another process, which must not crash."""
    texts = list(mutations(good_text, MUTATIONS))
    passing = [text for text in texts if refusal(attacked_files, text) is None]
    assert 10 < len(passing) < MUTATIONS - 10
    path = tmp_path / "texts.json"
    path.write_text(json.dumps(passing), encoding="utf-8")
    command = [sys.executable, "-m", "tests.bundle.load_texts", attacked_folder, path]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    outcomes = [line for line in run.stdout.splitlines() if not line.startswith("[LightGBM]")]
    assert len(outcomes) == len(passing)
    assert set(outcomes) <= {"same", "refused"}


def toy(rows=300, seed=0):
    """Numbers with missing values, a constant and codes of categories; labels."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(rows, 5))
    features[rng.random(rows) < 0.2, 1] = np.nan
    features[:, 2] = 0
    features[:, 3] = rng.integers(0, 3, rows)
    return features, (features[:, 0] + rng.normal(size=rows) > 0.5).astype(int)


def toy_frame(levels, rows=400):
    import polars as pl

    features, y = toy(rows)
    names = [f"level {i}" for i in range(levels)]
    column = pl.Series([names[i % levels] for i in range(rows)], dtype=pl.Enum(names))
    return pl.DataFrame(features, [f"x{i}" for i in range(5)]).with_columns(c=column), y


def require_own_text_valid(model):
    learned = pickle.loads(pickle.dumps(model)).__getstate__()["fitted"]  # noqa: S301 - ours
    names = learned["names"]
    levels = {names.index(name): len(texts) for name, texts in learned["categories"].items()}
    require_valid_text(learned["model"], "model.pkl", binary(len(names)), levels)


FREE = {"num_iterations": 30, "min_data_in_leaf": 3, "num_threads": 1, "lambda_l2": 0.0}
TRAINED = {
    "the defaults": {},
    "one leaf": {"min_data_in_leaf": 10_000},
    "stumps": {"num_leaves": 2},
    "deep trees": {"num_leaves": 200, "learning_rate": 0.01, "extra_trees": False},
    "thresholds at the end of the bins": {"extra_trees": True, "max_bin": 3, "num_iterations": 200},
    "monotone": {"monotone_constraints": [1, 0, 0, 0, -1], "path_smooth": 1.0},
    "interactions": {"interaction_constraints": "[0,1],[3,4]"},
    "quantised gradients": {"use_quantized_grad": True},
    "GOSS": {"data_sample_strategy": "goss", "bagging_freq": 0},
    "zero is missing": {"zero_as_missing": True},
    "nothing is missing": {"use_missing": False},
    "importance by gain": {"saved_feature_importance_type": 1},
    "weights": {"scale_pos_weight": 5.0, "boost_from_average": False},
    "L1 and caps": {"lambda_l1": 5.0, "max_delta_step": 0.1, "min_gain_to_split": 0.1},
}


@pytest.mark.parametrize("params", TRAINED.values(), ids=TRAINED)
def test_what_training_writes_passes(params):
    require_own_text_valid(CustomThresholdLGBM(n_splits=2, params={**FREE, **params}).fit(*toy()))


@pytest.mark.parametrize("levels", [1, 2, 31, 32, 33, 100])
def test_categories_pass(levels):
    """A word of a category set has 32 levels."""
    params = {**FREE, "min_data_per_group": 1, "cat_smooth": 0.1, "feature_fraction": 1.0}
    require_own_text_valid(CustomThresholdLGBM(n_splits=2, params=params).fit(*toy_frame(levels)))


@settings(max_examples=25)
@given(
    params=st.fixed_dictionaries({
        "learning_rate": st.floats(0.01, 1.0),
        "num_leaves": st.integers(2, 40),
        "min_data_in_leaf": st.integers(1, 200),
        "feature_fraction": st.floats(0.03, 1.0),
        "bagging_fraction": st.floats(0.3, 1.0),
        "lambda_l2": st.floats(0.0, 300.0),
        "extra_trees": st.booleans(),
        "max_bin": st.integers(2, 255),
    }),
    scale=st.sampled_from([1e-30, 1.0, 1e30]),
    seed=st.integers(0, 10),
)  # fmt: skip
def test_tuned_models_pass(params, scale, seed):
    """The range of `model.py tune`, and beyond."""
    features, y = toy(120, seed)
    params = {"num_iterations": 15, "num_threads": 1, **params}
    require_own_text_valid(CustomThresholdLGBM(n_splits=2, params=params).fit(features * scale, y))


def test_the_bundle_of_the_repository_passes():
    assert read_bundle(ROOT / "models/latest").model.threshold_ > 0
