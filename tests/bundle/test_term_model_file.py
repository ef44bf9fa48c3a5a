"""The term model's file: described by the manifest, read as strictly as the pickle."""

import hashlib
import json
import re

import numpy as np
import pytest

from credit_scoring.bundle import term_model_file
from credit_scoring.bundle.bundle_files import SIZE_LIMITS, read_bundle_files
from credit_scoring.bundle.manifest import MANIFEST_FILE, TERM_MODEL_FILE
from credit_scoring.bundle.model_trial import term_probabilities_in_child
from credit_scoring.bundle.read_bundle import parse_bundle, parse_bundle_manifest, read_bundle
from credit_scoring.bundle.signature import require_signature, sign_files
from credit_scoring.bundle.signing_key import public_key_of
from credit_scoring.errors import BundleError
from credit_scoring.loan_price.term_model import TERMS, TermModel
from credit_scoring.scoring.scorer import verified_scorer
from credit_scoring.scoring.verify_bundle import verify_bundle
from tests.bundle.attacks import ARRAYS, TREE_KEYS, edited, item, repeated
from tests.bundle.mutations import mutations
from tests.priced_bundle import loans, priced_bundle, term_text, write_priced_bundle
from tests.serving import small_bundle

MUTATIONS = 40
AMOUNTS = np.array([[500_000.0, 25_000.0, 450_000.0], [90_000.0, 9_000.0, np.nan]])


@pytest.fixture(scope="module")
def priced_folder(tmp_path_factory):
    return write_priced_bundle(tmp_path_factory.mktemp("priced") / "latest")


@pytest.fixture(scope="module")
def files(priced_folder):
    return read_bundle_files(priced_folder)


@pytest.fixture(scope="module")
def text(files):
    return files[TERM_MODEL_FILE].decode()


def with_manifest(files, change):
    manifest = json.loads(files[MANIFEST_FILE])
    change(manifest)
    return {**files, MANIFEST_FILE: json.dumps(manifest).encode()}


def with_text(files, text):
    """The files with another term model, and the digest of it."""
    content = text.encode("utf-8", "surrogateescape")
    digest = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    changed = with_manifest(files, lambda manifest: manifest["term_model"].update(digest))
    return {**changed, TERM_MODEL_FILE: content}


def refusal(files):
    with pytest.raises(BundleError) as caught:
        parse_bundle(files, "attack")
    return str(caught.value)


def test_a_bundle_has_the_term_model_and_its_description(priced_folder, text):
    bundle = read_bundle(priced_folder)
    assert bundle.term_model.text == text
    described = bundle.manifest.term_model
    assert described["size"] == len(text)
    assert (described["accuracy"], described["loans"]) == (0.97, 1500)
    assert bundle.manifest == priced_bundle().manifest


def test_a_bundle_without_fitted_features_has_none(tmp_path):
    """Bundles written before the term model load as they did."""
    old = read_bundle(small_bundle.write(tmp_path / "latest"))
    assert old.term_model is None
    assert "term_model" not in json.loads((tmp_path / "latest" / MANIFEST_FILE).read_text())


def test_a_verified_bundle_reproduces_its_golden_rows(files):
    assert verified_scorer(verify_bundle(files, "bundle")).version


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda m: m.pop("term_model"),
            r"attack/model\.json: term_model is absent: expected the term model, from which the f",
        ),
        (lambda m: m["term_model"].pop("loans"), r"term_model\.loans is absent: expected a value"),
        (lambda m: m["term_model"].update(accuracy=2.0), r"term_model\.accuracy is 2\.0: expected"),
        (lambda m: m["term_model"].update(file="model.pkl"), r"term_model\.file is 'model\.pkl'"),
        (lambda m: m["term_model"].update(more=1), r"term_model\.more is 1: expected no such key"),
    ],
    ids=["absent", "incomplete", "accuracy", "file", "unknown key"],
)
def test_a_manifest_with_a_wrong_description_is_refused(files, change, message):
    assert re.search(message, refusal(with_manifest(files, change)))


def test_an_absent_file_is_refused(files):
    without = {name: content for name, content in files.items() if name != TERM_MODEL_FILE}
    assert "attack/term_model.txt does not exist, but the manifest" in refusal(without)


def test_a_changed_file_is_refused_by_its_digest(files):
    changed = {**files, TERM_MODEL_FILE: files[TERM_MODEL_FILE].replace(b"0.1", b"0.2", 1)}
    assert "attack/term_model.txt (" in (message := refusal(changed))
    assert "is not what its manifest describes" in message


def test_a_file_that_is_too_large_is_refused(files):
    large = with_text(files, "x" * (SIZE_LIMITS[TERM_MODEL_FILE] + 1))
    assert "attack/term_model.txt is larger than 4194304 bytes" in refusal(large)


def test_a_signature_covers_the_term_model(files):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate().private_bytes_raw()
    signed = {**files, "signature.json": sign_files(files, key)}
    require_signature(signed, "bundle", [public_key_of(key)])
    other = {**signed, TERM_MODEL_FILE: term_text(1).encode()}
    with pytest.raises(BundleError, match=r"bundle/term_model\.txt was changed"):
        require_signature(other, "bundle", [public_key_of(key)])


def hostile_texts(text):
    """Each hostile text by name, with what its refusal says."""
    header = {
        f"{key} is {value[:30]!r}": (edited(text, key, value), f"header: .*({key}|number of trees)")
        for key, values in {
            "num_class": ("1", "1000000", "0", "-1"),
            "num_tree_per_iteration": ("1", "0", "11"),
            "max_feature_idx": ("3", "-1", "2147483647"),
            "objective": ("binary sigmoid:1", "multiclass num_class:3", "multiclassova"),
            "feature_names": ("", "a b c d e", "Column_0 Column_1 Column_2 Column_3 Column_4"),
            "feature_infos": ("", "none"),
            "tree_sizes": ("", "0", "600 " * 100_010 + "600"),
        }.items()
        for value in values
    }  # fmt: skip
    split = int(re.search(r"Tree=(\d+)\nnum_leaves=[3-9]", text)[1])  # of a tree with some splits
    trees = {
        f"{key} is missing in tree 1": (edited(text, key, None, 1), f"tree 1: {key} is absent")
        for key in TREE_KEYS
    } | {
        f"{key} of tree 1 has an item too many": (
            edited(text, key, lambda old: old + " 0", 1), f"tree 1: the number of values in {key}"
        )
        for key in ARRAYS
    }  # fmt: skip
    values = {
        f"an item of {key} is {value}": (edited(text, key, item(1, value), split), f"tree {split}:")
        for key, bad in {
            "left_child": ("-1000000", "0", "1000000"),
            "split_feature": ("-1", "5"),
            "leaf_value": ("nan", "1e308"),
            "decision_type": ("1", "9"),
            "leaf_count": ("0", "-1"),
        }.items()
        for value in bad
    }
    last = f"Tree={text.count('Tree=') - 1}\n"
    start, end = text.index(last), text.index("end of trees")
    return header | trees | values | {
        "a round without its last tree": (
            edited(text[:start] + text[end:], "version", "v4"),
            f"the number of trees is .*: expected a multiple of {len(TERMS)}",
        ),
        "the objective twice": (repeated(text, "objective="), "number of lines 'objective' is 2"),
        "other classes in the parameters": (
            text.replace("[num_class: 10]", "[num_class: 3]"), "num_class is '3'"
        ),
        "letters outside ASCII": (text.replace("version", "vérsion"), "not the text of a model"),
        "nothing": ("", "header"),
        "a pickle": ("\x80\x04K\x01.", "not the text of a model|header"),
    }  # fmt: skip


def test_every_lie_is_refused_by_name_before_lightgbm_reads_it(files, text, monkeypatch):
    read = []
    monkeypatch.setattr(term_model_file, "load_term_model", read.append)
    hostile = hostile_texts(text)
    assert len(hostile) >= 60
    messages = {name: refusal(with_text(files, lie)) for name, (lie, _) in hostile.items()}
    wrong = {
        name: message
        for name, message in messages.items()
        if not message.startswith("attack/term_model.txt")
        or not message.endswith("train or fetch the model again")
        or not re.search(hostile[name][1], message)
    }
    assert wrong == {}
    assert read == []


def test_a_text_that_passes_the_grammar_and_crashes_is_not_read_here(files, text, monkeypatch):
    """The child alone refuses it."""
    monkeypatch.setattr(term_model_file, "require_valid_text", lambda *_: None)
    hostile = with_text(files, edited(text, "left_child", item(0, "-1000000"), 0))
    with pytest.raises(BundleError, match=r"bundle/term_model\.txt: LightGBM"):
        verify_bundle(hostile, "bundle")


def test_the_child_gives_the_probabilities(text):
    expected = TermModel.from_text(text).probabilities(*AMOUNTS.T)
    np.testing.assert_array_equal(term_probabilities_in_child(text, AMOUNTS, "t"), expected)


@pytest.mark.parametrize(
    ("key", "value", "tree"),
    [
        ("num_class", "1000000", None), ("left_child", item(0, "0"), 0),
        ("leaf_value", item(0, "nan"), 0), ("num_leaves", "-1", 0),
    ],
    ids=["classes", "circle", "not a number", "leaves"],
)  # fmt: skip
def test_the_child_takes_the_blow_without_the_grammar(text, key, value, tree):
    rows = np.tile(AMOUNTS, (20, 1)) * np.linspace(0.2, 3, 40)[:, None]
    with pytest.raises(BundleError, match=r"^term_model\.txt: LightGBM .*train or fetch"):
        term_probabilities_in_child(edited(text, key, value, tree), rows, "term_model.txt")


def test_a_mutation_is_refused_or_gives_probabilities(files, text):
    """Whatever passes the grammar, LightGBM reads in the child without a crash."""
    passing = []
    for mutation in mutations(text, MUTATIONS):
        try:
            changed = with_text(files, mutation)
            manifest = parse_bundle_manifest(changed, "m")
            passing.append(term_model_file.term_model_text(changed, manifest, "m"))
        except BundleError:
            continue
    assert 3 < len(passing) < MUTATIONS - 3
    for mutation in passing[:3]:
        assert term_probabilities_in_child(mutation, AMOUNTS, "t").shape == (2, len(TERMS))


def test_the_small_model_knows_the_terms():
    """The tests above are about a model that works."""
    sample = loans(500, 77).drop_nulls(["AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE"])
    amounts = (sample[n].to_numpy() for n in ("AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE"))
    probabilities = TermModel.from_text(term_text()).probabilities(*amounts)
    right = np.array(TERMS)[probabilities.argmax(axis=1)] == sample["term"].to_numpy()
    assert right.mean() > 0.5
