"""Scores on a cluster with two workers equal those of one machine, also if a worker is killed.

Run by `make test-spark`: needs PySpark and Java 17.
"""

import threading

import polars as pl
import pytest
from typer.testing import CliRunner

from credit_scoring.batch.score_block import BlockScorer
from credit_scoring.batch.score_on_spark import SparkOptions, score_on_spark
from credit_scoring.bundle.bundle_files import read_bundle_files
from credit_scoring.bundle.read_bundle import read_bundle
from credit_scoring.commands.command_line import cli
from credit_scoring.features.assemble import build_features
from credit_scoring.sample import generate_sample
from credit_scoring.tables.read_tables import read_tables
from tests.batch.applicants import applicants, with_value
from tests.server_process import ROOT, wait_until
from tests.serving.small_bundle import write
from tests.spark.cluster import running_cluster
from tests.spark.conftest import OPTIONS

pytestmark = pytest.mark.filterwarnings("ignore")  # PySpark's own
LATEST = ROOT / "models" / "latest"
TASKS = 12


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    generate_sample(folder, applicants=600, seed=7)
    return folder


@pytest.fixture(scope="module")
def local_scores(folder):
    bundle = read_bundle(LATEST)
    names = [f.name for f in bundle.manifest.features if f.is_requested]
    built = build_features(read_tables(folder, labelled=None), names)
    scores = BlockScorer(bundle, 4).score(built.features)
    return pl.DataFrame([built.applicant]).hstack(scores)


def read_scores(out):
    return pl.read_parquet(out / "*.parquet").sort("SK_ID_CURR")


class Killer(threading.Thread):
    """Kills a worker once the cluster has done some tasks of a stage and others are left."""

    def __init__(self, cluster, spark):
        super().__init__()
        self._cluster = cluster
        self._tracker = spark.sparkContext.statusTracker()
        self.tasks_done = 0

    def run(self):
        self.tasks_done = wait_until(self._tasks_done)
        self._cluster.kill_worker()

    def _tasks_done(self):
        """The tasks done of a stage that is midway."""
        stages = map(self._tracker.getStageInfo, self._tracker.getActiveStageIds())
        midway = [
            stage.numCompletedTasks
            for stage in stages
            if stage and stage.numTasks == TASKS and 2 <= stage.numCompletedTasks < TASKS - 2
        ]
        return max(midway, default=0)


def run_command(cluster, *arguments):
    options = [f"--spark-option={name}={value}" for name, value in OPTIONS.items()]
    engine = ["--engine=spark", f"--master={cluster.url}", *options]
    return CliRunner().invoke(cli, ["score", *map(str, arguments), *engine])


def test_tables_are_scored_as_on_one_machine(cluster, folder, local_scores, tmp_path):
    out = tmp_path / "scores.parquet"
    run = run_command(cluster, "--data", folder, "--out", out, "--reasons")
    assert run.exit_code == 0, run.output
    assert f"the scores of {len(local_scores)} applicants" in run.output
    assert read_scores(out).equals(local_scores)


def test_rejected_rows_are_those_of_one_machine(cluster, tmp_path):
    frame = with_value(with_value(applicants(60), 5, EXT_SOURCE_2=57), 20, SK_ID_CURR=None)
    frame = with_value(frame, 33, SK_ID_CURR=100_004)
    frame.write_parquet(tmp_path / "a.parquet")
    bundle = write(tmp_path / "bundle")
    inputs = ["--bundle", bundle, "--data", tmp_path / "a.parquet"]
    local = CliRunner().invoke(cli, ["score", *map(str, inputs), "--out", f"{tmp_path}/l.parquet"])
    assert local.exit_code == 0, local.output
    out = tmp_path / "s.parquet"
    run = run_command(cluster, *inputs, "--out", out)
    assert run.exit_code == 0, run.output
    assert run.output.replace("s.parquet", "l.parquet").replace("s.rej", "l.rej") in local.output
    assert read_scores(out).equals(pl.read_parquet(tmp_path / "l.parquet").sort("SK_ID_CURR"))
    rejected = pl.read_csv(tmp_path / "s.rejected.csv" / "*.csv").sort("row")
    assert rejected.equals(pl.read_csv(tmp_path / "l.rejected.csv"))
    again = run_command(cluster, *inputs, "--out", out)
    assert "s.parquet exists: remove it, or name another output" in again.output


def test_a_killed_worker_costs_no_row(folder, local_scores, tmp_path):
    """The tasks that it had done are lost with it, and done again by the other worker."""
    from credit_scoring.spark.session import spark_session

    properties = OPTIONS | {
        "spark.sql.shuffle.partitions": str(TASKS),
        "spark.sql.adaptive.coalescePartitions.enabled": "false",
    }
    out, rejected = tmp_path / "scores.parquet", tmp_path / "rejected.parquet"
    with running_cluster(tmp_path) as cluster, spark_session(cluster.url, properties) as spark:
        killer = Killer(cluster, spark)
        killer.start()
        files = read_bundle_files(LATEST)
        options = SparkOptions(str(out), str(rejected), reasons=True)
        counts = score_on_spark(spark, files, str(folder), options)
        killer.join()
        cluster.wait_for_workers(1)
    assert killer.tasks_done >= 2
    assert (counts.scored, counts.rejected) == (len(local_scores), 0)
    assert read_scores(out).equals(local_scores)
