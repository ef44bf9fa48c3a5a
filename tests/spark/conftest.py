"""A standalone cluster with two workers, and a session on it, for `make test-spark`."""

import sys

import pytest

from tests.spark.cluster import HOST, running_cluster

OPTIONS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.executor.memory": "800m",
    "spark.sql.shuffle.partitions": "4",
    "spark.sql.codegen.wholeStage": "false",  # to compile a plan takes longer than to run it
}


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("SPARK_LOCAL_IP", HOST)
        with running_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
            yield cluster


@pytest.fixture(scope="module")
def spark(cluster):
    from credit_scoring.spark.session import spark_session

    with spark_session(cluster.url, OPTIONS) as session:
        yield session
