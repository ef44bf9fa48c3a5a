"""Reading a bundle: complete and undamaged, or refused with the file, its digest and the remedy."""

import hashlib
import itertools
import json
import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from credit_scoring.bundle import bundle_files as files_module
from credit_scoring.bundle import read_bundle as read_module
from credit_scoring.bundle.bundle_files import SIZE_LIMITS, read_bundle_files
from credit_scoring.bundle.manifest import MANIFEST_FILE, MODEL_FILE
from credit_scoring.bundle.read_bundle import read_bundle, read_manifest
from credit_scoring.errors import BundleError
from custom_threshold_model import CustomThresholdLGBM
from tests.bundle.crafted import bundle_with, describing
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
    check = read_module._require_digest

    def check_then_replace(data, manifest, path):
        check(data, manifest, path)
        Path(path).write_bytes(b"replaced")

    monkeypatch.setattr(read_module, "_require_digest", check_then_replace)
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
        edit(copy, features=features, golden_rows=golden)
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


class TestFiles:
    """`read_bundle_files`."""

    def test_all_files_of_the_folder_are_read(self, copy):
        (copy / "notes.txt").write_text("more")
        names = {path.name for path in copy.iterdir()}
        assert read_bundle_files(copy) == {name: (copy / name).read_bytes() for name in names}

    def test_sub_folders_and_hidden_files_are_not_part_of_it(self, copy):
        expected = read_bundle_files(copy)
        (copy / ".DS_Store").touch()
        (copy / ".git").mkdir()
        (copy / "drafts").mkdir()
        (copy / "drafts" / "model.pkl").touch()
        assert read_bundle_files(copy) == expected

    @pytest.mark.parametrize(
        ("kind", "reason"), [(k, r) for k, r in KINDS.items() if k != "folder"]
    )
    def test_another_special_file_is_refused(self, copy, kind, reason):
        make_special(copy / "notes.txt", kind)
        with pytest.raises(BundleError, match=rf"notes\.txt cannot be read \({reason}\)"):
            read_bundle_files(copy)

    @pytest.mark.parametrize("name", [MODEL_FILE, MANIFEST_FILE, "notes.txt"])
    def test_a_symbolic_link_is_refused(self, copy, tmp_path, name):
        """It could publish any file of the machine with the bundle."""
        (copy / "notes.txt").touch()
        target = (copy / name).rename(tmp_path / "elsewhere")
        (copy / name).symlink_to(target)
        with pytest.raises(BundleError, match=rf"{name} is a symbolic link: put the file itself"):
            read_bundle_files(copy)

    def test_a_link_to_the_folder_is_followed(self, copy, tmp_path):
        (tmp_path / "link").symlink_to(copy)
        assert read_bundle_files(tmp_path / "link") == read_bundle_files(copy)

    def test_numbers_and_sizes_of_files_are_limited(self, copy, monkeypatch):
        sizes = sum(path.stat().st_size for path in copy.iterdir())
        monkeypatch.setattr(files_module, "TOTAL_SIZE_LIMIT", sizes - 1)
        with pytest.raises(BundleError, match=rf"has {sizes} bytes: expected at most {sizes - 1}"):
            read_bundle_files(copy)
        monkeypatch.setattr(files_module, "OTHER_SIZE_LIMIT", 10)
        with pytest.raises(BundleError, match=r"latest/\w+\.\w+ is larger than 10 bytes"):
            read_bundle_files(copy)
        monkeypatch.setattr(files_module, "MAX_FILES", 1)
        with pytest.raises(BundleError, match=r"has \d+ files: expected at most 1"):
            read_bundle_files(copy)

    def test_a_folder_that_keeps_changing_is_refused(self, copy, monkeypatch):
        read = files_module.read_bundle_file

        def change_then_read(path):
            (copy / "notes.txt").write_text("n" * next(lengths))
            return read(path)

        lengths = itertools.count(1)
        monkeypatch.setattr(files_module, "MAX_ATTEMPTS", 3)
        monkeypatch.setattr(files_module, "read_bundle_file", change_then_read)
        with pytest.raises(BundleError, match="latest changes while it is read: stop what writes"):
            read_bundle_files(copy)


def test_reading_does_not_change_the_bundle(copy):
    before = {path.name: path.read_bytes() for path in copy.iterdir()}
    assert read_bundle(copy).manifest == replace(read_manifest(copy))
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == before


def test_a_bundle_replaced_between_two_reads_is_consistent(copy, tmp_path, monkeypatch):
    other = shutil.copytree(copy, tmp_path / "other")
    data = b"another model"
    (other / MODEL_FILE).write_bytes(data)
    edit(other, **describing(data))
    expected = read_bundle_files(other)
    read = files_module.read_bundle_file

    def replace_then_read(path):
        if path.name == MODEL_FILE and other.exists():
            shutil.rmtree(copy)
            other.rename(copy)
        return read(path)

    monkeypatch.setattr(files_module, "read_bundle_file", replace_then_read)
    assert read_bundle_files(copy) == expected


def test_file_in_place_of_the_folder_is_named(bundle_folder):
    with pytest.raises(BundleError, match=r"model\.pkl is a file: expected the folder of a bundle"):
        read_manifest(bundle_folder / MODEL_FILE)
