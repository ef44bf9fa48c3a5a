"""Reading a bundle: whole and undamaged, or refused with the file, its digest and what to do."""

import hashlib
import json
import pickle
import shutil
from dataclasses import replace

import numpy as np
import pytest

from credit_scoring.bundle import read_bundle as read_module
from credit_scoring.bundle.manifest import MANIFEST_FILE, MODEL_FILE
from credit_scoring.bundle.read_bundle import read_bundle, read_manifest
from credit_scoring.errors import BundleError
from custom_threshold_model import CustomThresholdLGBM
from tests.bundle.crafted import vouched


@pytest.fixture
def copy(tmp_path, bundle_folder):
    return shutil.copytree(bundle_folder, tmp_path / "latest")


@pytest.fixture
def unpickled(monkeypatch):
    """What was given to the unpickler."""
    given = []
    monkeypatch.setattr(read_module, "load_model", lambda data, _name: given.append(data))
    return given


def edit(folder, **changes):
    path = folder / MANIFEST_FILE
    path.write_text(
        json.dumps({**json.loads(path.read_text(encoding="utf-8")), **changes}), encoding="utf-8"
    )


def test_a_bundle_is_its_model_and_its_manifest(bundle, bundle_folder):
    assert isinstance(bundle.model, CustomThresholdLGBM)
    assert bundle.manifest == read_manifest(bundle_folder)
    assert (
        bundle.manifest.version
        == hashlib.sha256((bundle_folder / MODEL_FILE).read_bytes()).hexdigest()[:12]
    )


@pytest.mark.parametrize("name", [MODEL_FILE, MANIFEST_FILE])
def test_a_missing_file_is_named_with_the_command_that_makes_it(copy, name):
    (copy / name).unlink()
    with pytest.raises(
        BundleError,
        match=rf"latest/{name} cannot be read \(No such file.*\): run python model.py train",
    ):
        read_bundle(copy)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(BundleError, match=r"nowhere/model\.json cannot be read"):
        read_bundle(tmp_path / "nowhere")


def test_a_folder_in_the_place_of_a_file_is_refused(copy):
    (copy / MODEL_FILE).unlink()
    (copy / MODEL_FILE).mkdir()
    with pytest.raises(BundleError, match=r"model\.pkl cannot be read \(Is a directory\)"):
        read_bundle(copy)


def test_too_large_a_file_is_refused_before_all_of_it_is_read(copy, monkeypatch, unpickled):
    monkeypatch.setattr(read_module, "LARGEST", (copy / MANIFEST_FILE).stat().st_size)
    with (copy / MODEL_FILE).open("ab") as file:
        file.truncate(1 << 40)  # a hole: takes no space
    with pytest.raises(BundleError, match=r"model\.pkl is larger than \d+ bytes: refused"):
        read_bundle(copy)
    assert unpickled == []


def test_a_truncated_pickle_is_refused_with_its_digest_before_anything_is_unpickled(
    copy, unpickled
):
    whole = (copy / MODEL_FILE).read_bytes()
    for length in [0, 1, 2, *np.linspace(3, len(whole) - 1, 20).astype(int)]:
        data = whole[:length]
        (copy / MODEL_FILE).write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        with pytest.raises(
            BundleError,
            match=rf"model\.pkl \({length} bytes, sha256 {digest}\) is not what its manifest",
        ):
            read_bundle(copy)
    assert unpickled == []


def test_two_hundred_flipped_bytes_are_each_refused_before_anything_is_unpickled(copy, unpickled):
    rng, whole = np.random.default_rng(0), (copy / MODEL_FILE).read_bytes()
    for position, mask in zip(
        rng.integers(0, len(whole), 200), rng.integers(1, 256, 200), strict=True
    ):
        data = bytearray(whole)
        data[position] ^= mask
        (copy / MODEL_FILE).write_bytes(data)
        with pytest.raises(
            BundleError, match=rf"model\.pkl .*sha256 {hashlib.sha256(data).hexdigest()}.*changed"
        ):
            read_bundle(copy)
    assert unpickled == []


def test_an_appended_byte_is_refused(copy, unpickled):
    with (copy / MODEL_FILE).open("ab") as file:
        file.write(b"\x00")
    with pytest.raises(BundleError, match="it was changed or damaged; fetch it or train it again"):
        read_bundle(copy)
    assert unpickled == []


def test_the_bytes_that_were_checked_are_the_bytes_that_are_parsed(copy, monkeypatch):
    """A file replaced between check and load changes nothing."""
    check = read_bundle._check_digest

    def check_then_replace(data, manifest, path):
        check(data, manifest, path)
        path.write_bytes(b"replaced")

    monkeypatch.setattr(read_module, "_check_digest", check_then_replace)
    assert read_bundle(copy).model.threshold_ > 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no manifest .*JSONDecodeError.*: train it again"),
        ("{", "is no manifest .*JSONDecodeError"),
        ("[]", "is no manifest .*TypeError"),
        ("null", "is no manifest .*TypeError"),
        ("{}", "is no manifest .*KeyError: 'format'"),
        ("[" * 100_000, "is no manifest .*RecursionError"),
        ('{"format": 2}', "has format 2, this program reads 1: train it again"),
        ('{"format": 1}', "is no manifest .*KeyError"),
    ],
)
def test_a_text_that_is_no_manifest_is_refused(copy, text, message):
    (copy / MANIFEST_FILE).write_text(text)
    with pytest.raises(BundleError, match=rf"model\.json {message}"):
        read_bundle(copy)


def test_a_manifest_that_is_not_utf_8_is_refused(copy):
    (copy / MANIFEST_FILE).write_bytes(b"\xff\xfe{}")
    with pytest.raises(BundleError, match=r"model\.json is not UTF-8 text"):
        read_bundle(copy)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pickle": []}, "TypeError: pickle is a list, not a dict"),
        ({"version": 7}, "TypeError: version is a int, not a str"),
        ({"threshold": None}, "TypeError: threshold is a NoneType, not a dict"),
        ({"golden_rows": 3}, "TypeError"),
        ({"features": [1]}, "TypeError|AttributeError"),
        ({"features": [{"name": "a"}]}, "KeyError"),
        ({"features": {"a": 1}}, "TypeError|AttributeError"),
        ({"surprise": 1}, "TypeError.*surprise"),
        ({"format": "1"}, "has format 1, this program reads 1|format is a str"),
    ],
)
def test_a_manifest_of_the_wrong_types_is_refused(copy, changes, message):
    edit(copy, **changes)
    with pytest.raises(BundleError, match=message):
        read_bundle(copy)


@pytest.mark.parametrize("pickle_row", [{}, {"size": 1}, {"sha256": None, "size": None}])
def test_a_manifest_without_a_digest_vouches_for_nothing(copy, pickle_row, unpickled):
    edit(copy, pickle=pickle_row)
    with pytest.raises(BundleError, match="is not what its manifest describes"):
        read_bundle(copy)
    assert unpickled == []


def test_a_manifest_that_names_other_features_than_the_pickle_is_refused(copy, bundle):
    rows = [feature.as_dict() for feature in bundle.manifest.features]
    in_model = next(i for i, row in enumerate(rows) if row["role"] == "input")
    for others in (rows[:in_model] + rows[in_model + 1 :], [*rows, rows[in_model]], []):
        edit(copy, features=others)
        with pytest.raises(
            BundleError, match=r"model\.json and .*model\.pkl name different features: train"
        ):
            read_bundle(copy)


def test_a_manifest_with_levels_in_another_order_is_refused(copy, bundle):
    """The place of a level is its code: in another order applicants would be scored as somebody else."""
    rows = [feature.as_dict() for feature in bundle.manifest.features]
    row = next(row for row in rows if row.get("levels") and row["role"] == "input")
    row["levels"] = row["levels"][::-1]
    edit(copy, features=rows)
    with pytest.raises(BundleError, match="name different levels"):
        read_bundle(copy)


def test_a_model_that_was_never_fitted_is_refused(tmp_path, bundle_folder):
    data = pickle.dumps(CustomThresholdLGBM(), protocol=4)
    with pytest.raises(BundleError, match=r"model\.pkl holds a model that was never fitted"):
        read_bundle(vouched(tmp_path / "latest", bundle_folder, data))


def test_the_model_of_another_bundle_is_refused_though_the_manifest_vouches_for_it(
    tmp_path, bundle_folder
):
    other = CustomThresholdLGBM(params={"num_iterations": 5, "num_threads": 1}, n_splits=2)
    other.fit(np.arange(400.0).reshape(200, 2), np.tile([0, 1], 100))
    data = pickle.dumps(other, protocol=4)
    with pytest.raises(BundleError, match="name different features"):
        read_bundle(vouched(tmp_path / "latest", bundle_folder, data))


def test_reading_leaves_the_bundle_as_it_is(copy):
    before = {path.name: path.read_bytes() for path in copy.iterdir()}
    assert read_bundle(copy).manifest == replace(read_manifest(copy))
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == before


def test_a_bundle_put_in_place_between_the_two_reads_is_read_whole(copy, tmp_path, monkeypatch):
    other = shutil.copytree(copy, tmp_path / "other")
    data = b"another model"
    (other / MODEL_FILE).write_bytes(data)
    edit(
        other,
        pickle={
            **read_manifest(other).pickle,
            "size": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        },
    )
    plainly = read_bundle._read

    def swapping(path, largest):
        if path.name == MODEL_FILE and other.exists():
            shutil.rmtree(copy)
            other.rename(copy)
        return plainly(path, largest)

    monkeypatch.setattr(read_module, "_read", swapping)
    assert read_bundle._read_both(copy) == (read_manifest(copy), data)
