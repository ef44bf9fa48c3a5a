"""What is kept is whole or not there, whatever happened to the process that wrote it."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from credit_scoring.errors import SettingError
from credit_scoring.laboratory.result_cache import Kept, key_of, write_whole

ROOT = Path(__file__).parents[2]
WRITER = """
import sys, numpy as np
from pathlib import Path
from credit_scoring.laboratory.result_cache import Kept
kept = Kept(Path(sys.argv[1]))
for i in range(10**6):
    kept.keep("big", {"a": np.full(200_000, i), "b": np.full(200_000, i)})
    print(i, flush=True)
"""


def arrays(value=1.0):
    return {"a": np.full(3, value), "b": np.array([True, False])}


class TestKept:
    def test_what_was_kept_is_found_again(self, tmp_path):
        Kept(tmp_path).keep("one", arrays())
        found = Kept(tmp_path).find("one")
        assert found.keys() == {"a", "b"}
        assert all(np.array_equal(found[name], value) for name, value in arrays().items())

    def test_what_was_not_is_none(self, tmp_path):
        assert Kept(tmp_path / "nowhere").find("one") is None

    def test_what_is_needed_and_was_removed_is_named(self, tmp_path):
        with pytest.raises(RuntimeError, match=r"one\.npz was removed while it was needed"):
            Kept(tmp_path).require("one")

    def test_a_result_is_made_once(self, tmp_path):
        made = []
        for _ in range(3):
            Kept(tmp_path).once("one", lambda: made.append(1) or arrays())
        assert len(made) == 1

    @pytest.mark.parametrize("keep", [0, 1, 50, -3])
    def test_a_damaged_file_counts_as_none_and_is_written_anew(self, tmp_path, keep):
        Kept(tmp_path).keep("one", arrays())
        path = tmp_path / "one.npz"
        path.write_bytes(path.read_bytes()[:keep])
        assert Kept(tmp_path).find("one") is None
        Kept(tmp_path).keep("one", arrays(2.0))
        assert Kept(tmp_path).require("one")["a"][0] == 2

    def test_an_error_while_writing_leaves_the_old(self, tmp_path):
        kept = Kept(tmp_path)
        kept.keep("one", arrays())
        with pytest.raises(ValueError, match="pickle"):
            kept.keep("one", {"a": np.array([object()])})
        assert kept.find("one")["a"][0] == 1
        assert [path.name for path in tmp_path.iterdir()] == ["one.npz"]

    def test_a_kill_leaves_a_whole_result_and_tidy_removes_the_rest(self, tmp_path):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE
        ) as process:
            process.stdout.readline()
            time.sleep(0.02)
            process.send_signal(signal.SIGKILL)
        found = Kept(tmp_path).find("big")
        assert found["a"][0] == found["b"][-1]
        (tmp_path / ".big.npz-killed").write_bytes(b"half")
        Kept(tmp_path).tidy()
        assert [path.name for path in tmp_path.iterdir()] == ["big.npz"]


def test_a_key_tells_every_fact_apart_and_does_not_mind_their_order():
    assert key_of(seed=1, data="x") == key_of(data="x", seed=1)
    assert len({key_of(seed=1), key_of(seed=2), key_of(seed="1"), key_of(other=1)}) == 4


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(
        SettingError, match=r"file/out\.csv cannot be written \(.*\): give another place"
    ):
        write_whole(tmp_path / "file" / "out.csv", "a,b")
