"""Every feature on Spark equals the local engine's.

Run by `make test-spark`: needs PySpark and Java 17.
"""

import os
import sys

import numpy as np
import polars as pl
import pytest

from credit_scoring.errors import TableError
from credit_scoring.features.assemble import build_features
from credit_scoring.features.engines.spark import build_features_on_spark, read_tables_on_spark
from credit_scoring.sample import generate_sample
from credit_scoring.tables.read_tables import read_tables

pytestmark = pytest.mark.filterwarnings("ignore")  # PySpark's own


@pytest.fixture(scope="module")
def spark():
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.codegen.wholeStage": "false",  # compiling such wide plans takes long
        "spark.sql.ansi.enabled": "false",
        "spark.driver.memory": "3g",
        "spark.log.level": "ERROR",
    }
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    generate_sample(folder, applicants=300, seed=5)
    return folder


@pytest.fixture(scope="module")
def local_table(folder):
    return build_features(read_tables(folder))


@pytest.fixture(scope="module")
def spark_table(spark, folder):
    rows = build_features_on_spark(read_tables_on_spark(spark, str(folder))).toPandas()
    return pl.from_pandas(rows).sort("SK_ID_CURR")


def test_applicants_and_columns_are_equal(local_table, spark_table):
    assert spark_table["SK_ID_CURR"].to_list() == local_table.applicant.to_list()
    assert spark_table["TARGET"].to_list() == local_table.target.to_list()
    assert spark_table.columns[2:] == local_table.features.columns


def test_features_are_equal_to_1e_9(local_table, spark_table):
    """Relative to the value. Both engines round to 32 bits: almost all are equal bit for bit."""
    different = []
    for name in local_table.features.columns:
        local = local_table.features[name].to_physical().cast(pl.Float64).to_numpy()
        spark = spark_table[name].cast(pl.Float64).fill_nan(None).to_numpy()
        if not np.allclose(local, spark, rtol=1e-9, atol=1e-9, equal_nan=True):
            different.append(name)
    assert not different


def test_an_unknown_level_is_refused_by_column(spark, folder, tmp_path):
    for file in folder.glob("*.parquet"):
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / "bureau.parquet").unlink()
    bureau = pl.read_parquet(folder / "bureau.parquet")
    unknown = bureau.with_columns(CREDIT_ACTIVE=pl.lit("Dormant"))
    unknown.write_parquet(tmp_path / "bureau.parquet")
    with pytest.raises(TableError, match=r"bureau has levels .* CREDIT_ACTIVE \(\d+ rows\)"):
        read_tables_on_spark(spark, str(tmp_path))
