"""Reading a bundle: complete and undamaged, or refused with the file, its digest and the remedy."""

import hashlib
import json
import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from credit_scoring.bundle import read_bundle as read_module
from credit_scoring.bundle.bundle_files import SIZE_LIMITS
from credit_scoring.bundle.manifest import MANIFEST_FILE, MODEL_FILE
from credit_scoring.bundle.read_bundle import read_bundle, read_manifest
from credit_scoring.errors import BundleError
from custom_threshold_model import CustomThresholdLGBM
from tests.bundle.crafted import bundle_with
from tests.special_files import KINDS, make_special


@pytest.fixture
def copy(tmp_path, bundle_folder):
    return shutil.copytree(bundle_folder, tmp_path / "latest")


@pytest.fixture
def unpickled(monkeypatch):
    """The data that reached the unpickler."""
    pickles = []
    monkeypatch.setattr(read_module, "load_state", lambda data, _name: pickles.append(data))
    return pickles


def edit(folder, **changes):
    path = folder / MANIFEST_FILE
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, **changes}), encoding="utf-8")


def test_a_bundle_has_model_and_manifest(bundle, bundle_folder):
    assert isinstance(bundle.model, CustomThresholdLGBM)
    assert bundle.manifest == read_manifest(bundle_folder)
    digest = hashlib.sha256((bundle_folder / MODEL_FILE).read_bytes()).hexdigest()
    assert bundle.manifest.version == digest[:12]


@pytest.mark.parametrize("name", [MODEL_FILE, MANIFEST_FILE])
def test_a_missing_file_is_named_with_the_remedy(copy, name):
    (copy / name).unlink()
    with pytest.raises(
        BundleError, match=rf"latest/{name} does not exist: run python model.py train, or fetch"
    ):
        read_bundle(copy)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(
        BundleError, match=r"nowhere/model\.json does not exist: run python model.py train"
    ):
        read_bundle(tmp_path / "nowhere")


@pytest.mark.parametrize("name", [MODEL_FILE, MANIFEST_FILE])
@pytest.mark.parametrize(("kind", "reason"), KINDS.items())
def test_a_special_file_is_refused(copy, name, kind, reason):
    make_special(copy / name, kind)
    with pytest.raises(BundleError, match=rf"{name} cannot be read \({reason}\)"):
        read_bundle(copy)


@pytest.mark.parametrize("name", [MODEL_FILE, MANIFEST_FILE])
def test_a_file_that_is_too_large_is_refused(copy, monkeypatch, unpickled, name):
    size = (copy / name).stat().st_size
    monkeypatch.setitem(SIZE_LIMITS, name, size)
    with (copy / name).open("ab") as file:
        file.truncate(1 << 40)  # a hole: takes no space
    with pytest.raises(BundleError, match=rf"{name} is larger than {size} bytes: train or fetch"):
        read_bundle(copy)
    assert unpickled == []


def test_a_truncated_pickle_is_not_unpickled(copy, unpickled):
    """The error has its digest."""
    complete = (copy / MODEL_FILE).read_bytes()
    for length in [0, 1, 2, *np.linspace(3, len(complete) - 1, 20).astype(int)]:
        data = complete[:length]
        (copy / MODEL_FILE).write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        with pytest.raises(
            BundleError,
            match=rf"model\.pkl \({length} bytes, sha256 {digest}\) is not what its manifest",
        ):
            read_bundle(copy)
    assert unpickled == []


def test_a_changed_byte_is_not_unpickled(copy, unpickled):
    rng = np.random.default_rng(0)
    complete = (copy / MODEL_FILE).read_bytes()
    positions = rng.integers(0, len(complete), 200)
    masks = rng.integers(1, 256, 200)
    for position, mask in zip(positions, masks, strict=True):
        data = bytearray(complete)
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


def test_the_checked_bytes_are_the_parsed_bytes(copy, monkeypatch):
    """Replacing the file between check and load has no effect."""
    check = read_module.require_digest

    def check_then_replace(data, manifest, path):
        check(data, manifest, path)
        Path(path).write_bytes(b"replaced")

    monkeypatch.setattr(read_module, "require_digest", check_then_replace)
    assert read_bundle(copy).model.threshold_ > 0


def test_an_invalid_manifest_is_refused_before_the_pickle(copy, unpickled):
    edit(copy, golden_rows=[])
    with pytest.raises(BundleError, match=r"latest/model\.json: golden_rows is \[\]"):
        read_bundle(copy)
    assert unpickled == []


@pytest.mark.parametrize(
    ("field", "key"),
    [
        *(("threshold", key) for key in ("value", "low", "high", "theoretical")),
        *(("costs", key) for key in ("false_negative", "false_positive")),
    ],
)
def test_numbers_other_than_the_models_are_refused(copy, bundle, field, key):
    """The page shows the manifest's threshold, the model decides by its own."""
    written = getattr(bundle.manifest, field)
    edit(copy, **{field: {**written, key: 0.5}})
    with pytest.raises(
        BundleError,
        match=rf"model\.json: {field}\.{key} is 0\.5: expected the model's {written[key]};",
    ):
        read_bundle(copy)


@pytest.mark.parametrize("trained", ["3.3.5", "5.0.0", "40.1", "", "x" * 1000])
def test_a_model_of_another_major_version_of_lightgbm_is_refused(copy, bundle, unpickled, trained):
    edit(copy, libraries={**bundle.manifest.libraries, "lightgbm": trained})
    with pytest.raises(
        BundleError,
        match=r"model\.json: libraries\.lightgbm is '.{0,80}': expected 4, the major version of "
        r"the installed 4\.[\d.]+; train the model again, or install the version that made it",
    ):
        read_bundle(copy)
    assert unpickled == []


@pytest.mark.parametrize("libraries", [{}, {"lightgbm": "4.0.0"}, {"lightgbm": "4"}])
def test_a_model_of_the_same_major_version_of_lightgbm_is_read(copy, libraries):
    edit(copy, libraries=libraries)
    assert read_bundle(copy).manifest.libraries == libraries


def test_a_manifest_of_a_newer_format_is_refused_with_the_remedy(copy, unpickled):
    edit(copy, format=2)
    remedy = "install a newer version of this program, or train it again"
    with pytest.raises(BundleError, match=f"has format 2, this program reads 1: {remedy}"):
        read_bundle(copy)
    assert unpickled == []


def test_a_manifest_with_other_features_is_refused(copy, bundle):
    rows = [feature.as_dict() for feature in bundle.manifest.features]
    absent = next(row for row in rows if row["role"] == "input")
    extra = {**absent, "name": "another", "nullable": True}
    for features in ([row for row in rows if row is not absent], [*rows, extra], []):
        names = {row["name"] for row in features if row["role"] != "derived"}
        golden = [
            {**row, "features": {name: row["features"].get(name) for name in names}}
            for row in bundle.manifest.golden_rows
        ]
        edit(copy, features=features, golden_rows=golden, reference=None)
        with pytest.raises(
            BundleError, match=r"model\.json and .*model\.pkl name different features: train"
        ):
            read_bundle(copy)


def test_a_manifest_with_levels_in_another_order_is_refused(copy, bundle):
    """The position of a level is its code: in another order scores would be wrong."""
    rows = [feature.as_dict() for feature in bundle.manifest.features]
    row = next(row for row in rows if row.get("levels") and row["role"] == "input")
    row["levels"] = row["levels"][::-1]
    edit(copy, features=rows)
    with pytest.raises(BundleError, match="name different levels"):
        read_bundle(copy)


def test_a_model_that_was_never_fitted_is_refused(tmp_path, bundle_folder):
    data = pickle.dumps(CustomThresholdLGBM(), protocol=4)
    with pytest.raises(BundleError, match=r"model\.pkl holds a model that was never fitted"):
        read_bundle(bundle_with(tmp_path / "latest", bundle_folder, data))


def test_the_model_of_another_bundle_is_refused(tmp_path, bundle_folder):
    """Even if the manifest has its digest."""
    other = CustomThresholdLGBM(params={"num_iterations": 5, "num_threads": 1}, n_splits=2)
    other.fit(np.arange(400.0).reshape(200, 2), np.tile([0, 1], 100))
    data = pickle.dumps(other, protocol=4)
    with pytest.raises(BundleError, match="name different features"):
        read_bundle(bundle_with(tmp_path / "latest", bundle_folder, data))


def test_reading_does_not_change_the_bundle(copy):
    before = {path.name: path.read_bytes() for path in copy.iterdir()}
    assert read_bundle(copy).manifest == replace(read_manifest(copy))
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == before


def test_file_in_place_of_the_folder_is_named(bundle_folder):
    with pytest.raises(BundleError, match=r"model\.pkl is a file: expected the folder of a bundle"):
        read_manifest(bundle_folder / MODEL_FILE)
