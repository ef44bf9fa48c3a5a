"""Cached results are complete or not there, whatever happened to the process that wrote them."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from credit_scoring.laboratory.result_cache import CachedRunner, cache_key, open_cache
from credit_scoring.progress import Progress

ROOT = Path(__file__).parents[2]
WRITER = """
import sys
from pathlib import Path
from credit_scoring.laboratory.result_cache import open_cache
from tests.laboratory.test_result_cache import big_arrays
cached = open_cache(Path(sys.argv[1]), data="x").cache(big_arrays)
for number in range(10**6):
    cached(number)
    print(number, flush=True)
"""


def big_arrays(number):
    return {name: np.full(200_000, number) for name in ("first", "second")}


def process_of(number, _ignored=None):
    return number, os.getpid()


def fail_second(number, folder):
    """The other process has stored its result by then."""
    if number == 1:
        while not list(folder.rglob("output.pkl")):
            time.sleep(0.01)
        raise KeyError("of the worker")
    return number


def run(folder, function, calls, workers=2, ignore=(), screen=None):
    cache = open_cache(folder, data="x")
    runner = CachedRunner(cache, Progress(screen or io.StringIO()), workers)
    return runner.run(function, calls, "Working", ignore=ignore)


class TestCachedRunner:
    def test_results_are_computed_once(self, tmp_path):
        for expected in ("0 results cached", "2 results cached"):
            screen = io.StringIO()
            results = run(tmp_path, process_of, [(0,), (1,)], screen=screen)
            assert [number for number, _ in results] == [0, 1]
            assert expected in screen.getvalue()
            assert os.getpid() not in {process for _, process in results}

    def test_large_arguments_are_recognised(self, tmp_path):
        """Arrays of more than 1 MB could reach the processes as memory maps, with another hash."""
        screen = io.StringIO()
        for _ in range(2):
            run(tmp_path, process_of, [(np.arange(200_000),), (np.arange(200_001),)], screen=screen)
        assert "2 results cached" in screen.getvalue()

    def test_ignored_arguments_share_a_result(self, tmp_path):
        first, second = (
            run(tmp_path, process_of, [(0, ignored)], ignore=["_ignored"])
            for ignored in ("large", "another")
        )
        assert first == second

    def test_finished_results_survive_a_failure(self, tmp_path):
        calls = [(0, tmp_path), (1, tmp_path)]
        with pytest.raises(RuntimeError, match=r"(?s)in fail_second.*KeyError: 'of the worker'"):
            run(tmp_path, fail_second, calls)
        cached = open_cache(tmp_path, data="x").cache(fail_second)
        assert cached.check_call_in_cache(*calls[0])
        assert not cached.check_call_in_cache(*calls[1])

    @pytest.mark.parametrize("size", [0, 1, 50, -3])
    def test_damaged_results_are_computed_again(self, tmp_path, size):
        results = run(tmp_path, process_of, [(0,)], workers=1)
        (path,) = tmp_path.rglob("output.pkl")
        path.write_bytes(path.read_bytes()[:size])
        assert run(tmp_path, process_of, [(0,)], workers=1) == results
        assert open_cache(tmp_path, data="x").cache(process_of)(0) == results[0]


class TestInterruption:
    @pytest.mark.parametrize("processes", [1, 2])
    def test_killed_processes_leave_complete_results(self, tmp_path, processes):
        """Two processes write the same results at the same time."""
        command = [sys.executable, "-c", WRITER, str(tmp_path)]
        writers = [
            subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(processes)
        ]
        for writer in writers:
            for _ in range(3):
                writer.stdout.readline()
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
            writer.communicate()
        cached = open_cache(tmp_path, data="x").cache(big_arrays)
        stored = [number for number in range(1000) if cached.check_call_in_cache(number)]
        assert len(stored) >= 3
        for number in stored:
            result = cached(number)
            assert (result["first"] == number).all()
            assert (result["second"] == number).all()


class TestKeys:
    def test_key_depends_on_every_fact(self):
        assert cache_key(seed=1, data="x") == cache_key(data="x", seed=1)
        keys = {cache_key(seed=1), cache_key(seed=2), cache_key(seed="1"), cache_key(other=1)}
        assert len(keys) == 4

    def test_other_facts_have_other_results(self, tmp_path):
        run(tmp_path, process_of, [(0,)], workers=1)
        other = open_cache(tmp_path, data="y").cache(process_of)
        assert not other.check_call_in_cache(0)
