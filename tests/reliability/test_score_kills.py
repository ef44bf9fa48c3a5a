"""Scoring a file survives kills, a full disk and a changed source: nothing lost, nothing double."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections import Counter

import polars as pl
import pytest

from credit_scoring.batch import score_file as score_module
from credit_scoring.batch.flat_file import FlatFile
from credit_scoring.batch.part_files import PartFiles
from credit_scoring.batch.score_file import ScoreOptions, score_file
from credit_scoring.bundle.read_bundle import read_bundle
from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import migrate
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.errors import SettingError
from tests.batch.applicants import applicants
from tests.server_process import PATIENCE, ROOT, environment
from tests.serving.small_bundle import write

ROWS = 6000
PART_ROWS = 200
KILLS = 5
KINDS = ("parquet", "rejected.csv")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return write(tmp_path_factory.mktemp("kills") / "bundle")


@pytest.fixture
def path(tmp_path):
    """A CSV file in which every 50th row is not valid."""
    rows = applicants(ROWS).with_row_index("row")
    bad = rows.with_columns(
        EXT_SOURCE_2=pl.when(pl.col("row") % 50 == 7).then(57.0).otherwise(pl.col("EXT_SOURCE_2"))
    )
    file = tmp_path / "applicants.csv"
    bad.drop("row").write_csv(file)
    return file


@pytest.fixture
def log(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path}/decisions.db")
    migrate(engine)
    yield DecisionLog(engine)
    engine.dispose()


@pytest.fixture
def start(bundle, path, tmp_path):
    """Start the command as a process of its own."""

    def run(out, *options):
        command = [
            sys.executable, "model.py", "score", "--bundle", bundle, "--data", path,
            "--out", tmp_path / out, "--part-rows", str(PART_ROWS), *options,
        ]  # fmt: skip
        variables = environment(bundle, DATABASE_URL=f"sqlite:///{tmp_path}/decisions.db")
        return subprocess.Popen(
            [*map(str, command)], cwd=ROOT, env=variables, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    return run


def kill_after(process, folder, parts):
    """Kill the process once `parts` parts are finished; False if it ended before."""
    last = folder / f"scores-{parts - 1:08d}.parquet"
    for _ in range(PATIENCE * 500):
        if process.poll() is not None:
            return False
        if last.exists():
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
            return True
        time.sleep(0.002)
    return pytest.fail(f"no part {parts} in {PATIENCE} s")


def undisturbed(bundle, path, out):
    """Score the file in this process."""
    read = read_bundle(bundle)
    options = ScoreOptions(out, out.with_suffix(".rejected.csv"), part_rows=PART_ROWS)
    source = FlatFile(path, read.manifest.features, "SK_ID_CURR")
    return score_file(read, source, options, digest="0")


def test_row_30_killed_runs_resume_without_loss(bundle, path, start, log, tmp_path):
    """Killed five times midway: the scores of an undisturbed run, and each decision once."""
    counts = undisturbed(bundle, path, tmp_path / "a.parquet")
    folder = tmp_path / "b.parquet.parts"
    for kill in range(KILLS):
        assert kill_after(start("b.parquet", "--log"), folder, 5 * (kill + 1)), kill
        assert not (tmp_path / "b.parquet").exists()
    last = start("b.parquet", "--log")
    output, _ = last.communicate()
    assert last.returncode == 0, output
    assert "Resuming after 2" in output
    assert not folder.exists()
    expected, scores = (pl.read_parquet(tmp_path / f"{run}.parquet") for run in "ab")
    assert scores.drop("decision_id").equals(expected)
    first, second = ((tmp_path / f"{run}.rejected.csv").read_bytes() for run in "ab")
    assert first == second
    assert (counts.scored, counts.rejected) == (len(scores), ROWS // 50)
    stored = Counter(each.decision_id for each in log.iterate())
    assert stored == Counter(scores["decision_id"])
    assert {*stored.values()} == {1}


@pytest.mark.parametrize("step", ["a part", "the output"])
def test_row_38_full_disk_keeps_the_finished_parts(bundle, path, tmp_path, monkeypatch, step):
    """A limit on the size of files stands for the disk."""
    undisturbed(bundle, path, tmp_path / "a.parquet")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    owner, name = (PartFiles, "write") if step == "a part" else (score_module, "write_scores")
    original, calls = getattr(owner, name), []

    def limited(*arguments):
        calls.append(arguments)
        if len(calls) == 3 or step == "the output":
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        original(*arguments)

    try:
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, limited)
            with pytest.raises(SettingError, match="File too large") as caught:
                undisturbed(bundle, path, tmp_path / "b.parquet")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    parts = 2 if step == "a part" else ROWS // PART_ROWS
    message = f"make room, then run the command again; it resumes after the {parts} finished parts"
    assert message in str(caught.value)
    assert not (tmp_path / "b.parquet").exists()
    undisturbed(bundle, path, tmp_path / "b.parquet")
    for kind in KINDS:
        first, second = ((tmp_path / f"{run}.{kind}").read_bytes() for run in "ab")
        assert first == second, kind


def test_row_38_changed_source_is_not_mixed_in(path, start, tmp_path):
    assert kill_after(start("b.parquet"), tmp_path / "b.parquet.parts", 3)
    applicants(ROWS, seed=1).write_csv(path)
    refused = start("b.parquet")
    output, _ = refused.communicate()
    assert refused.returncode == 1
    assert "finished parts of another run (the source was" in output
    assert "--restart" in output
