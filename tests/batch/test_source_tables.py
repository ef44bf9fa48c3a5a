"""Folders of tables: equal to features of the whole, and rows that are not valid."""

import polars as pl
import pytest

from credit_scoring.batch import source_tables
from credit_scoring.batch.score_file import ScoreOptions, score_file
from credit_scoring.batch.source_tables import SourceTables
from credit_scoring.errors import FeatureError, TableError
from credit_scoring.features.assemble import build_features
from credit_scoring.features.build_applicant_store import plain_rows
from credit_scoring.scoring.scorer import Scorer
from credit_scoring.tables.read_tables import read_tables
from tests.priced_bundle import INPUTS, priced_bundle


@pytest.fixture
def run(bundle, tmp_path):
    def score(folder, **options):
        out = tmp_path / "scores.parquet"
        source = SourceTables(folder, bundle.manifest)
        counts = score_file(
            bundle, source, ScoreOptions(out, tmp_path / "rejected.csv", **options), digest="0"
        )
        return counts, pl.read_parquet(out), pl.read_csv(tmp_path / "rejected.csv")

    return score


@pytest.fixture
def folder(sample_folder, tmp_path):
    """Some applicants of the sample as CSV, with every table."""
    target = tmp_path / "tables"
    target.mkdir()
    applicants = pl.read_parquet(sample_folder / "application_train.parquet").head(40)
    applicants.write_csv(target / "application_train.csv")
    keys = applicants["SK_ID_CURR"].implode()
    for file in sample_folder.glob("*.parquet"):
        table = pl.read_parquet(file)
        if "SK_ID_CURR" in table.columns and not file.stem.startswith("application"):
            table.filter(pl.col("SK_ID_CURR").is_in(keys)).write_csv(target / f"{file.stem}.csv")
    loans = pl.read_csv(target / "bureau.csv")["SK_ID_BUREAU"].implode()
    balance = pl.read_parquet(sample_folder / "bureau_balance.parquet")
    balance.filter(pl.col("SK_ID_BUREAU").is_in(loans)).write_csv(target / "bureau_balance.csv")
    return target


def change(file, row, **values):
    """Write other values into a row of a CSV file, counted from 1; return the applicant or loan."""
    table = pl.read_csv(file, infer_schema=False)
    position = pl.int_range(1, len(table) + 1) == row
    columns = [
        pl.when(position).then(pl.lit(value)).otherwise(pl.col(name)).alias(name)
        for name, value in values.items()
    ]
    table.with_columns(columns).write_csv(file)
    return table.row(row - 1, named=True)


def repeat(file, row):
    """Repeat a row at the end of a CSV file; return it and the number of the new row."""
    table = pl.read_csv(file, infer_schema=False)
    pl.concat([table, table[row - 1]]).write_csv(file)
    return table.row(row - 1, named=True), len(table) + 1


def test_scores_equal_those_of_the_whole_feature_table(run, sample_folder, feature_table, scorer):
    counts, scores, _ = run(sample_folder, part_rows=300)
    names = [feature.name for feature in scorer.requested_features]
    rows = plain_rows(feature_table, names)
    expected = {
        applicant: scorer.score(dict(zip(names, row, strict=True))).probability
        for applicant, row in zip(feature_table.applicant, rows, strict=True)
    }
    ours = dict(scores.select("SK_ID_CURR", "probability").rows())
    assert expected.items() <= ours.items()
    assert counts.scored == len(ours) > len(expected)  # those without an outcome, too
    assert scores["SK_ID_CURR"].is_sorted()


def test_fitted_features_need_the_application_only(folder, tmp_path):
    """The bundle has the term model: earlier loans are not needed to score."""
    for file in folder.iterdir():
        if not file.stem.startswith("application"):
            file.unlink()
    bundle = priced_bundle()
    source = SourceTables(folder, bundle.manifest)
    out = tmp_path / "scores.parquet"
    score_file(bundle, source, ScoreOptions(out, tmp_path / "rejected.csv"), digest="0")
    tables = read_tables(folder)
    rows = plain_rows(table := build_features(tables, INPUTS), INPUTS)
    scorer = Scorer(bundle)
    expected = {
        applicant: scorer.score(dict(zip(INPUTS, row, strict=True))).probability
        for applicant, row in zip(table.applicant, rows, strict=True)
    }
    assert dict(pl.read_parquet(out).select("SK_ID_CURR", "probability").rows()) == expected


class TestRejectedRows:
    @pytest.fixture
    def clean(self, run, folder):
        return run(folder)[1]

    def check(self, run, folder, clean, applicants, **expected):
        """Only these applicants are left out, and the first reason has these values."""
        counts, scores, rejected = run(folder)
        excluded = {int(applicant) for applicant in applicants}
        assert scores.equals(clean.filter(~pl.col("SK_ID_CURR").is_in([*excluded])))
        first = rejected.row(0, named=True)
        assert {name: first[name] for name in expected} == expected
        assert counts.rejected == len(rejected)

    def test_valid_tables_have_none(self, run, folder, clean):
        assert len(clean) == 40
        self.check_none(run, folder)

    def check_none(self, run, folder):
        assert run(folder)[0].rejected == 0

    def test_application_out_of_range(self, run, folder, clean):
        row = change(folder / "application_train.csv", 5, AMT_CREDIT="-1")
        self.check(
            run, folder, clean, [row["SK_ID_CURR"]],
            file="application_train.csv", row=5, id=int(row["SK_ID_CURR"]), field="AMT_CREDIT",
            reason="AMT_CREDIT is -1: expected a number greater than 0 and at most 1000000000 "
            "(currency)",
        )  # fmt: skip

    def test_application_without_an_identifier(self, run, folder, clean):
        row = change(folder / "application_train.csv", 5, SK_ID_CURR="")
        counts, scores, rejected = run(folder)
        assert len(scores) == len(clean) - 1
        assert int(row["SK_ID_CURR"]) not in scores["SK_ID_CURR"]
        assert rejected["reason"][0].startswith("SK_ID_CURR is null: expected a whole number")
        assert counts.rejected == 1

    def test_repeated_application(self, run, folder, clean):
        row, number = repeat(folder / "application_train.csv", 5)
        key = row["SK_ID_CURR"]
        self.check(
            run, folder, clean, [], row=number, field="SK_ID_CURR",
            reason=f"SK_ID_CURR is {key}: row 5 has the same SK_ID_CURR, send it once",
        )  # fmt: skip

    def test_word_in_a_history_table(self, run, folder, clean):
        row = change(folder / "bureau.csv", 3, AMT_CREDIT_SUM="much")
        self.check(
            run, folder, clean, [row["SK_ID_CURR"]],
            file="bureau.csv", row=3, id=int(row["SK_ID_CURR"]), field="AMT_CREDIT_SUM",
        )  # fmt: skip

    def test_monthly_balance_belongs_to_the_applicant_of_its_loan(self, run, folder, clean):
        row = change(folder / "bureau_balance.csv", 2, STATUS="Z")
        loans = pl.read_csv(folder / "bureau.csv")
        owner = loans.filter(pl.col("SK_ID_BUREAU") == int(row["SK_ID_BUREAU"]))["SK_ID_CURR"][0]
        self.check(run, folder, clean, [owner], file="bureau_balance.csv", row=2, id=owner)

    def test_repeated_key_in_a_history_table(self, run, folder, clean):
        row, number = repeat(folder / "previous_application.csv", 4)
        self.check(
            run, folder, clean, [row["SK_ID_CURR"]], file="previous_application.csv", row=number
        )

    def test_no_applicant_is_left(self, run, folder):
        table = pl.read_csv(folder / "application_train.csv", infer_schema=False)
        table.with_columns(AMT_CREDIT=pl.lit("x")).write_csv(folder / "application_train.csv")
        with pytest.raises(TableError, match=r'no applicant to score .*AMT_CREDIT is "x"'):
            run(folder)


def test_a_file_without_a_column_stops_the_run(run, folder):
    table = pl.read_csv(folder / "bureau.csv", infer_schema=False)
    table.drop("AMT_CREDIT_SUM").write_csv(folder / "bureau.csv")
    with pytest.raises(TableError, match="AMT_CREDIT_SUM"):
        run(folder)


def test_a_table_that_the_model_needs(run, folder):
    (folder / "bureau.csv").unlink()
    with pytest.raises(FeatureError, match="has no bureau"):
        run(folder)


def test_changed_tables_stop_the_run(run, folder, monkeypatch):
    monkeypatch.setattr(source_tables, "source_state", lambda _files: "before")
    with pytest.raises(TableError, match="changed while it was read"):
        run(folder)


def test_command(run_cli, bundle_folder, folder, tmp_path):
    out = tmp_path / "out.csv"
    change(folder / "bureau.csv", 3, AMT_CREDIT_SUM="much")
    code, output = run_cli(
        "score", "--bundle", bundle_folder, "--data", folder, "--out", out, "--reasons"
    )
    assert code == 0
    assert "39 applicants" in output
    assert "row 3, applicant " in output
    assert len(pl.read_csv(out)) == 39


def test_command_refuses_an_identifier_for_tables(run_cli, bundle_folder, folder, tmp_path):
    code, output = run_cli(
        "score", "--bundle", bundle_folder, "--data", folder, "--out", tmp_path / "a.csv",
        "--id", "SK_ID_BUREAU",
    )  # fmt: skip
    assert code == 1
    assert "give a CSV or Parquet file" in output
