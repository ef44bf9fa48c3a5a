"""The model store: atomic, shared by processes, and checked on the bytes that are used."""

import os
import subprocess
import sys
import threading
import time

import pytest

from credit_scoring.bundle import model_store
from credit_scoring.bundle.model_store import ModelStore, StoredName, bundle_digest
from credit_scoring.errors import BundleError, ModelStoreError
from tests.server_process import ROOT

FILES = {"model.json": b"{}", "model.pkl": b"pickle", "MODEL_CARD.md": b"# card"}
VERSION = "0a1b2c3d4e5f"
WRITER = """
import sys
from pathlib import Path
from credit_scoring.bundle.model_store import ModelStore
store = ModelStore(Path(sys.argv[1]))
for number in range(20):
    store.add("v", {"model.json": b"{}", "model.pkl": b"x" * 100_000 * (number % 3 + 1)})
"""


@pytest.fixture
def store(tmp_path):
    return ModelStore(tmp_path / "models")


def make_old(store, name):
    """Let the store believe that the bundle was last used long ago."""
    past = time.time() - 2 * model_store.PRUNED_AFTER
    os.utime(store.folder / str(name), (past, past))


class TestDigest:
    def test_covers_names_and_contents(self):
        digests = {
            bundle_digest(files)
            for files in (FILES, {**FILES, "model.json": b"{} "}, {**FILES, "more": b""}, {})
        }
        assert len(digests) == 4

    def test_does_not_depend_on_the_order(self):
        assert bundle_digest(dict(reversed(FILES.items()))) == bundle_digest(FILES)


class TestNames:
    def test_name_is_version_and_digest(self):
        name = StoredName.of(VERSION, bundle_digest(FILES))
        assert str(name) == f"{VERSION}-{bundle_digest(FILES)[:16]}"
        assert StoredName.parse(str(name)) == name

    @pytest.mark.parametrize(
        "name", ["", "verified", ".x-new-1", "../etc-0123456789abcdef", "a-b", "a-0123-56789abcdef"]
    )
    def test_other_folders_are_no_bundles(self, name):
        assert StoredName.parse(name) is None


class TestStore:
    def test_stored_bundle_is_read_back(self, store):
        name = store.add(VERSION, FILES)
        assert store.read(name) == store.read(name, bundle_digest(FILES)) == FILES
        assert store.names() == [name]

    def test_missing_store_is_empty(self, store):
        assert store.names() == []
        with pytest.raises(BundleError, match="does not exist: deploy the model again"):
            store.read(StoredName(VERSION, "0" * 16))

    def test_last_added_bundle_comes_first(self, store):
        first, second = (store.add(VERSION, {**FILES, "n": bytes([n])}) for n in range(2))
        make_old(store, first)
        assert store.names() == [second, first]
        store.add(VERSION, {**FILES, "n": bytes([0])})
        assert set(store.names()) == {first, second}
        make_old(store, second)
        assert store.names() == [first, second]

    @pytest.mark.parametrize("file", sorted(FILES))
    def test_changed_file_is_refused_and_replaced(self, store, file):
        name = store.add(VERSION, FILES)
        (store.folder / str(name) / file).write_bytes(b"changed")
        with pytest.raises(BundleError, match=r"has the digest \w+, not .*deploy the model again"):
            store.read(name)
        store.add(VERSION, FILES)
        assert store.read(name) == FILES

    @pytest.mark.parametrize("file", sorted(FILES))
    def test_lost_file_is_refused_and_replaced(self, store, file):
        name = store.add(VERSION, FILES)
        (store.folder / str(name) / file).unlink()
        with pytest.raises(BundleError):
            store.read(name)
        store.add(VERSION, FILES)
        assert store.read(name) == FILES

    def test_whole_digest_counts_if_it_is_known(self, store):
        name = store.add(VERSION, FILES)
        with pytest.raises(BundleError, match="has the digest"):
            store.read(name, bundle_digest(FILES)[:-1] + "_")

    def test_unwritable_store_is_named(self, tmp_path):
        (tmp_path / "file").write_bytes(b"")
        with pytest.raises(
            ModelStoreError, match=r"file.* cannot be written.*CREDIT_SCORING_MODEL"
        ):
            ModelStore(tmp_path / "file/models").add(VERSION, FILES)

    def test_concurrent_writers_leave_whole_bundles_only(self, store):
        command = [sys.executable, "-c", WRITER, str(store.folder)]
        writers = [subprocess.Popen(command, cwd=ROOT) for _ in range(3)]
        seen = set()
        while any(writer.poll() is None for writer in writers):
            for name in store.names():
                store.read(name)
                seen.add(name)
        assert [writer.wait() for writer in writers] == [0, 0, 0]
        assert seen == set(store.names())
        assert len(seen) == 3
        assert not [path for path in store.folder.iterdir() if path.name.startswith(".")]

    def test_killed_writer_leaves_nothing(self, store):
        (store.folder / f".{VERSION}-0000000000000000-new-x").mkdir(parents=True)
        store.prune(keep=[])
        assert [*store.folder.iterdir()] == []

    def test_hidden_folders_of_others_stay(self, store):
        """The store may be a home folder or a project's: .git and .ssh are there."""
        others = {store.folder / name for name in (".git", ".cache-new-x", ".venv-3.12-old")}
        for folder in others:
            folder.mkdir(parents=True)
        store.add(VERSION, FILES)
        store.prune(keep=[])
        assert others < set(store.folder.iterdir())


class TestPrune:
    def test_old_bundles_go_except_for_those_in_use(self, store):
        names = [store.add(VERSION, {**FILES, "n": bytes([n])}) for n in range(4)]
        for name in names[:3]:
            make_old(store, name)
        store.prune(keep=[names[0]])
        assert set(store.names()) == {names[0], names[3]}  # the last one is too new

    def test_added_again_means_new(self, store):
        name = store.add(VERSION, FILES)
        make_old(store, name)
        store.add(VERSION, FILES)
        store.prune(keep=[])
        assert store.names() == [name]

    def test_writers_and_pruning_do_not_disturb_each_other(self, store, monkeypatch):
        monkeypatch.setattr(model_store, "PRUNED_AFTER", 0)
        stop = threading.Event()

        def prune():
            while not stop.is_set():
                store.prune(keep=[])

        thread = threading.Thread(target=prune)
        thread.start()
        try:
            for number in range(20):
                store.add(VERSION, {**FILES, "n": bytes([number % 2])})
        finally:
            stop.set()
            thread.join()
        assert all(store.read(name) for name in store.names())
