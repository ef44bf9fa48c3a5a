"""Features on a cluster with two workers equal the local engine's, bit for bit.

Run by `make test-spark`: needs PySpark and Java 17.
"""

from types import SimpleNamespace

import polars as pl
import pytest

from credit_scoring.batch.feature_file import FeatureFileOptions, write_feature_file
from credit_scoring.batch.features_on_spark import write_features_on_spark
from credit_scoring.errors import FeatureError, TableError
from credit_scoring.features.assemble import build_features
from credit_scoring.features.engines.spark import (
    APPLICANTS_PER_PARTITION,
    PARTITIONS,
    build_features_on_spark,
    set_partitions,
)
from credit_scoring.features.engines.spark_tables import read_tables_on_spark
from credit_scoring.features.engines.spark_terms import earlier_loans_on_spark
from credit_scoring.loan_price import fit_term_model
from credit_scoring.loan_price.term_model import TermModel
from credit_scoring.sample import generate_sample
from credit_scoring.spark.session import explain_spark_errors
from credit_scoring.tables.read_tables import read_tables
from tests.priced_bundle import term_text

pytestmark = pytest.mark.filterwarnings("ignore")  # PySpark's own


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    generate_sample(folder, applicants=300, seed=5)
    return folder


@pytest.fixture
def changed(folder, tmp_path):
    """A function that writes the tables with one of them replaced; it returns their folder."""

    def change(name, *columns):
        for file in folder.glob("*.parquet"):
            (tmp_path / file.name).symlink_to(file)
        (tmp_path / f"{name}.parquet").unlink()
        frame = pl.read_parquet(folder / f"{name}.parquet").with_columns(*columns)
        frame.write_parquet(tmp_path / f"{name}.parquet")
        return tmp_path

    return change


def local_features(folder, names=None, term_model=None, **options):
    built = build_features(read_tables(folder, **options), names, term_model=term_model)
    frame = pl.DataFrame([built.applicant, *built.features.get_columns(), built.target])
    return frame.with_columns(pl.col(pl.Enum).cast(pl.String))


def features_on_spark(spark, folder, out, names=None, **options):
    tables = read_tables_on_spark(spark, str(folder), **options)
    build_features_on_spark(tables, names).write.parquet(str(out))
    return pl.read_parquet(out / "*.parquet").sort("SK_ID_CURR")


def test_features_equal_the_local_engine_bit_for_bit(spark, folder, tmp_path):
    local = local_features(folder)
    on_spark = features_on_spark(spark, folder, tmp_path / "out")
    assert on_spark.schema == local.schema
    assert len(local) > 200
    assert on_spark.equals(local)


def columns_of(loans):
    return {name: values.tolist() for name, values in vars(loans).items()}


@pytest.mark.parametrize("limit", [200, 50_000], ids=["drawn", "all"])
def test_the_term_model_is_fitted_to_the_loans_of_the_local_engine(
    spark, folder, monkeypatch, limit
):
    monkeypatch.setattr(fit_term_model, "MAX_LOANS", limit)
    table = "previous_application"
    on_spark = earlier_loans_on_spark(read_tables_on_spark(spark, str(folder))[table], seed=3)
    local = fit_term_model.earlier_loans(read_tables(folder)[table], seed=3)
    assert (len(local) == limit) == (limit == 200)
    assert repr(columns_of(on_spark)) == repr(columns_of(local))  # NaN equals NaN


@pytest.mark.parametrize("names", [None, ["implied_rate", "AMT_CREDIT"]], ids=["all", "some"])
def test_fitted_features_equal_the_local_engine(spark, folder, tmp_path, names):
    local_file, out = tmp_path / "local.parquet", tmp_path / "out.parquet"
    write_feature_file(folder, FeatureFileOptions(local_file, names))
    count = write_features_on_spark(spark, str(folder), str(out), names)
    local = pl.read_parquet(local_file)
    on_spark = pl.read_parquet(out / "*.parquet").sort("SK_ID_CURR")
    assert count == len(local)
    assert local["implied_rate"].null_count() < len(local) / 2
    assert on_spark.equals(local.with_columns(pl.col(pl.Enum, pl.Categorical).cast(pl.String)))


def test_a_given_term_model_needs_no_earlier_applications(spark, folder, tmp_path):
    for file in folder.glob("application*.parquet"):
        (tmp_path / file.name).symlink_to(file)
    term_model = TermModel.from_text(term_text())
    tables = read_tables_on_spark(spark, str(tmp_path))
    out = tmp_path / "out"
    build_features_on_spark(tables, FITTED, term_model).write.parquet(str(out))
    local = local_features(tmp_path, FITTED, term_model)
    assert pl.read_parquet(out / "*.parquet").sort("SK_ID_CURR").equals(local)


FITTED = ["implied_rate", "implied_total_cost"]
FEW = [
    "bureau_count", "bureau_balance_worst_max", "ORGANIZATION_TYPE", "DAYS_EMPLOYED", "AMT_CREDIT",
    "application_external_score_mean", "previous_refused_count", "instalments_count",
]  # fmt: skip


def test_some_features_of_all_applicants_are_read_from_csv(spark, folder, tmp_path):
    for file in folder.glob("*.parquet"):
        pl.read_parquet(file).write_csv(tmp_path / f"{file.stem}.csv")
    local = local_features(folder, FEW, labelled=None)
    on_spark = features_on_spark(spark, tmp_path, tmp_path / "out", FEW, labelled=None)
    assert on_spark.equals(local)
    assert on_spark["TARGET"].null_count() > 0


def test_an_unknown_level_is_an_error_that_names_table_and_level(spark, changed, tmp_path):
    folder = changed("bureau", pl.lit("Dormant").alias("CREDIT_ACTIVE"))
    with pytest.raises(TableError, match=r"bureau has a value .*Dormant"), explain_spark_errors():
        features_on_spark(spark, folder, tmp_path / "out", ["bureau_active_count"])


def test_a_missing_column_is_named(spark, changed):
    folder = changed("bureau", pl.col("CREDIT_ACTIVE").alias("STATE"))
    pl.read_parquet(folder / "bureau.parquet").drop("CREDIT_ACTIVE").write_parquet(
        folder / "bureau.parquet"
    )
    with pytest.raises(TableError, match="bureau does not have CREDIT_ACTIVE"):
        read_tables_on_spark(spark, str(folder))


def test_a_repeated_applicant_is_named(spark, changed):
    folder = changed("application_train", pl.lit(7).alias("SK_ID_CURR"))
    with pytest.raises(FeatureError, match="SK_ID_CURR 7 occurs 259 times"):
        build_features_on_spark(read_tables_on_spark(spark, str(folder)))


def test_a_folder_without_applications_is_refused(spark, tmp_path):
    with pytest.raises(TableError, match="has no application table that Spark can read"):
        read_tables_on_spark(spark, str(tmp_path))


def test_tasks_follow_the_applicants_unless_the_configuration_says_otherwise(spark):
    class Configuration(dict):
        set = dict.__setitem__

    context = SimpleNamespace(getConf=dict, defaultParallelism=2)
    session = SimpleNamespace(sparkContext=context, conf=Configuration())
    count = 2 * APPLICANTS_PER_PARTITION + 1
    set_partitions(SimpleNamespace(sparkSession=session, count=lambda: count))
    assert session.conf == {PARTITIONS: 3}
    set_partitions(spark.range(5))
    assert spark.conf.get(PARTITIONS) == "4"  # of the session's options
