"""The sample: as the contracts say, coherent like the real set, with a risk that is known and can be recovered."""

import subprocess
import sys
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from credit_scoring.contracts.contract import contracts
from credit_scoring.errors import TableError
from credit_scoring.sample import generate, make_sample
from credit_scoring.sample.default_risk import COMPONENTS, INTERCEPT, probability
from credit_scoring.sample.random_draws import NULL, Text, shares
from credit_scoring.sample.write_tables import ARCHIVE

APPLICANTS = 5000
REAL_APPLICANTS = 356_255
REAL_ROWS = {
    "bureau": 1_716_428,
    "bureau_balance": 27_299_925,
    "previous_application": 1_670_214,
    "POS_CASH_balance": 10_001_358,
    "installments_payments": 13_605_401,
    "credit_card_balance": 3_840_312,
}
FILES = ["application_train", "application_test", *REAL_ROWS]
TABLES = {stem: t for t in contracts().values() for stem in (t.file, t.unlabelled_file) if stem}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parquet")
    make_sample(folder, applicants=APPLICANTS, seed=3)
    return folder


@pytest.fixture(scope="module")
def tables(folder):
    return {stem: pl.read_parquet(folder / f"{stem}.parquet") for stem in [*FILES, "truth"]}


@pytest.fixture(scope="module")
def applications(tables):
    """Train and test together, with the truth, in the order of the identifiers."""
    both = pl.concat([tables["application_train"], tables["application_test"]], how="diagonal")
    return both.join(tables["truth"], on="SK_ID_CURR").sort("SK_ID_CURR")


def columns_of(stem):
    return [c for c in TABLES[stem].columns if c.use != "target" or stem == "application_train"]


class TestEveryFile:
    @pytest.mark.parametrize("stem", FILES)
    def test_has_the_contract_s_columns_in_its_order(self, tables, stem):
        assert tables[stem].columns == [c.name for c in columns_of(stem)]

    @pytest.mark.parametrize("stem", FILES)
    def test_holds_known_levels_and_the_source_s_marks_only(self, tables, stem):
        for column in columns_of(stem):
            if column.is_category:
                assert tables[stem][column.name].dtype == pl.String
                found = set(tables[stem][column.name].drop_nulls().unique())
                assert found <= {*column.levels, *column.missing}, column.name

    @pytest.mark.parametrize("stem", FILES)
    def test_keeps_every_number_in_range_or_at_the_sentinel(self, tables, stem):
        for column in columns_of(stem):
            if not column.is_category:
                values = tables[stem][column.name].drop_nulls()
                values = (
                    values.filter(values != column.sentinel)
                    if column.sentinel is not None
                    else values
                )
                assert values.is_between(column.minimum, column.maximum).all(), column.name

    @pytest.mark.parametrize("stem", FILES)
    def test_misses_values_only_where_they_may_be_missing(self, tables, stem):
        for column in columns_of(stem):
            values = tables[stem][column.name]
            assert column.nullable or not values.null_count(), column.name
            assert values.dtype.is_integer() or not (values.cast(pl.String) == "-0.0").any(), (
                column.name
            )

    @pytest.mark.parametrize("stem", FILES)
    def test_has_unique_keys(self, tables, stem):
        unique = TABLES[stem].unique
        assert not unique or not tables[stem].select(unique).is_duplicated().any()


class TestShape:
    def test_train_and_test_share_as_in_the_real_set(self, tables):
        assert tables["application_test"].height == round(APPLICANTS * 48_744 / REAL_APPLICANTS)
        assert tables["application_train"].height + tables["application_test"].height == APPLICANTS
        place = tables["application_test"]["SK_ID_CURR"] - 100_002
        assert 0.4 < place.mean() / APPLICANTS < 0.6  # mixed, not at one end

    @pytest.mark.parametrize("stem", REAL_ROWS)
    def test_rows_for_an_applicant_are_the_real_set_s_within_a_tenth(self, tables, stem):
        ratio = tables[stem].height / APPLICANTS / (REAL_ROWS[stem] / REAL_APPLICANTS)
        assert 0.9 < ratio < 1.1

    @pytest.mark.parametrize(
        ("stem", "share"),
        [("bureau", 0.86), ("previous_application", 0.952), ("credit_card_balance", 0.28)],
    )
    def test_as_many_applicants_have_a_history_as_in_the_real_set(self, tables, stem, share):
        assert tables[stem]["SK_ID_CURR"].n_unique() / APPLICANTS == pytest.approx(share, abs=0.03)

    @pytest.mark.parametrize(
        ("stem", "column", "share"),
        [
            ("application_train", "EXT_SOURCE_1", 0.56),
            ("application_train", "EXT_SOURCE_2", 0.002),
            ("application_train", "EXT_SOURCE_3", 0.2),
            ("application_train", "OWN_CAR_AGE", 0.66),
            ("application_train", "OCCUPATION_TYPE", 0.31),
            ("application_train", "APARTMENTS_AVG", 0.51),
            ("application_train", "COMMONAREA_MEDI", 0.7),
            ("bureau", "AMT_CREDIT_MAX_OVERDUE", 0.655),
            ("bureau", "AMT_ANNUITY", 0.57),
            ("bureau", "DAYS_ENDDATE_FACT", 0.37),
            ("previous_application", "AMT_ANNUITY", 0.22),
            ("previous_application", "DAYS_FIRST_DUE", 0.4),
            ("previous_application", "RATE_INTEREST_PRIMARY", 0.996),
            ("credit_card_balance", "AMT_DRAWINGS_ATM_CURRENT", 0.2),
        ],
    )
    def test_as_much_is_missing_as_in_the_real_set(self, tables, stem, column, share):
        assert tables[stem][column].null_count() / tables[stem].height == pytest.approx(
            share, abs=0.04
        )

    def test_the_building_s_measures_are_missing_together(self, tables):
        train = tables["application_train"]
        floors, area = train["FLOORSMAX_AVG"].is_null(), train["LIVINGAREA_AVG"].is_null()
        assert (floors == area).mean() > 0.9


class TestCoherence:
    def test_references_point_to_rows_of_the_same_applicant(self, tables):
        approved = tables["previous_application"].filter(
            pl.col("NAME_CONTRACT_STATUS") == "Approved"
        )
        for stem in ("POS_CASH_balance", "installments_payments", "credit_card_balance"):
            rows = tables[stem].select("SK_ID_PREV", "SK_ID_CURR").unique()
            assert rows.join(approved, on=["SK_ID_PREV", "SK_ID_CURR"], how="anti").is_empty(), stem
        known = tables["bureau"].select("SK_ID_BUREAU")
        assert tables["bureau_balance"].join(known, on="SK_ID_BUREAU", how="anti").is_empty()

    def test_only_cards_have_card_balances(self, tables):
        cards = tables["previous_application"].filter(
            pl.col("NAME_CONTRACT_TYPE") == "Revolving loans"
        )["SK_ID_PREV"]
        assert tables["credit_card_balance"]["SK_ID_PREV"].is_in(cards.implode()).all()
        assert not tables["POS_CASH_balance"]["SK_ID_PREV"].is_in(cards.implode()).any()

    def test_pensioners_have_no_employer(self, applications):
        idle = applications["DAYS_EMPLOYED"] == 365_243
        assert 0.14 < idle.mean() < 0.22
        assert ((applications["ORGANIZATION_TYPE"] == "XNA") == idle).all()
        assert (
            applications.filter(~idle)
            .select((pl.col("DAYS_EMPLOYED") > pl.col("DAYS_BIRTH")).all())
            .item()
        )

    def test_only_refused_applications_have_a_reason(self, tables):
        rows = tables["previous_application"]
        refused = rows["NAME_CONTRACT_STATUS"].is_in(["Refused", "Unused offer"])
        assert ((rows["CODE_REJECT_REASON"] == "XAP") == ~refused).all()

    def test_an_annuity_repays_its_credit_over_its_term(self, tables):
        loans = tables["previous_application"].filter(
            (pl.col("CNT_PAYMENT") > 0) & (pl.col("NAME_CONTRACT_STATUS") == "Approved")
        )
        paid = loans["AMT_ANNUITY"] * loans["CNT_PAYMENT"] / loans["AMT_CREDIT"]
        assert (paid >= 1).all()
        assert paid.median() < 1.6

    def test_days_of_a_loan_follow_each_other(self, tables):
        loans = tables["previous_application"].filter(
            pl.col("NAME_CONTRACT_TYPE") != "Revolving loans"
        )
        chain = ["DAYS_DECISION", "DAYS_FIRST_DUE", "DAYS_LAST_DUE", "DAYS_TERMINATION"]
        for earlier, later in pairwise(chain):
            assert (loans[earlier] <= loans[later]).drop_nulls().all(), later

    def test_monthly_balances_run_over_consecutive_months(self, tables):
        for stem, key in (("bureau_balance", "SK_ID_BUREAU"), ("POS_CASH_balance", "SK_ID_PREV")):
            month = pl.col("MONTHS_BALANCE")
            runs = tables[stem].group_by(key).agg(span=month.max() - month.min() + 1, rows=pl.len())
            assert (runs["span"] == runs["rows"]).all(), stem

    def test_a_card_s_balance_stays_within_its_limit(self, tables):
        cards = tables["credit_card_balance"]
        assert (cards["AMT_BALANCE"] <= 1.02 * cards["AMT_CREDIT_LIMIT_ACTUAL"]).all()

    def test_a_payment_lies_between_the_start_and_the_application(self, tables):
        days = tables["installments_payments"]["DAYS_ENTRY_PAYMENT"].drop_nulls()
        assert days.is_between(-3660, -1).all()

    def test_the_shares_name_levels_of_the_contract_only(self):
        for section in ("application", "bureau", "previous"):
            table = contracts()["previous_application" if section == "previous" else section]
            for name, rows in shares(section).items():
                if name in table.by_name and table[name].is_category:
                    groups = (
                        rows.values() if isinstance(next(iter(rows.values())), dict) else [rows]
                    )
                    known = {*table[name].levels, *table[name].missing, NULL}
                    assert all(set(group) <= known for group in groups), name


def area_under_curve(score, target):
    rank = score.rank("average").to_numpy()
    bad = target.to_numpy() == 1
    return (rank[bad].sum() - bad.sum() * (bad.sum() + 1) / 2) / (bad.sum() * (~bad).sum())


def as_columns(frame):
    """A written table as the generator held it."""
    columns = {}
    for name in frame.columns:
        if frame[name].dtype == pl.String:
            labels = tuple(frame[name].drop_nulls().unique().sort())
            codes = (
                frame[name]
                .replace_strict(labels, range(len(labels)), default=len(labels))
                .to_numpy()
            )
            columns[name] = Text(codes, labels)
        else:
            columns[name] = (
                frame[name]
                .cast(pl.Float64 if frame[name].dtype.is_float() else pl.Int64)
                .to_numpy()
            )
    return columns


class TestRisk:
    def test_about_eight_in_a_hundred_default(self, tables):
        assert 0.075 < tables["truth"]["probability"].mean() < 0.085
        assert 0.065 < tables["application_train"]["TARGET"].mean() < 0.095

    def test_every_applicant_has_one_probability(self, applications, tables):
        assert tables["truth"].height == applications.height == APPLICANTS
        assert tables["truth"].schema == {"SK_ID_CURR": pl.Int32, "probability": pl.Float64}
        assert applications["probability"].is_between(0, 1, closed="none").all()

    def test_is_computed_from_what_stands_in_the_tables(self, applications, tables):
        read = {
            t.name: as_columns(tables[t.file])
            for t in contracts().values()
            if t.name != "application"
        }
        read["application"] = as_columns(applications)
        again = probability(read, read["application"]["SK_ID_CURR"])
        assert np.abs(again - applications["probability"].to_numpy()).max() < 1e-6

    def test_is_calibrated(self, applications):
        train = applications.filter(pl.col("TARGET").is_not_null())
        for part in train.sort("probability").iter_slices(train.height // 5 + 1):
            p = part["probability"]
            spread = (p * (1 - p)).sum() ** 0.5
            assert abs(part["TARGET"].sum() - p.sum()) < 3 * spread

    def test_separates_well_and_better_than_any_single_column(self, applications):
        train = applications.filter(pl.col("TARGET").is_not_null())
        truth = area_under_curve(train["probability"], train["TARGET"])
        assert 0.77 < truth < 0.85
        for column in contracts()["application"].numbers:
            known = train.filter(pl.col(column.name).is_not_null())
            single = area_under_curve(known[column.name], known["TARGET"])
            assert max(single, 1 - single) < truth - 0.02, column.name

    def test_is_documented_as_it_is(self):
        page = (Path(__file__).parents[2] / "docs/sample.md").read_text(encoding="utf-8")
        assert f"intercept of {INTERCEPT:g}" in page
        for name, c in COMPONENTS.items():
            assert (
                f"| `{name}` | {c.table} | {c.meaning} | {c.centre:g} | {c.scale:g} | {c.weight:+g} |"
                in page
            )

    def test_takes_no_sensitive_attribute_and_something_from_every_table(self):
        assert {c.table for c in COMPONENTS.values()} == set(contracts())
        table = contracts()["application"]
        sensitive = {c.name for c in table.columns if c.is_sensitive}
        for component in COMPONENTS.values():
            assert sensitive.isdisjoint(component.measure.__code__.co_consts)


class TestArguments:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (
                {"applicants": 99},
                "applicants is 99: expected a whole number from 100 to 100,000,000",
            ),
            ({"applicants": 1000.0}, "applicants is 1000.0: expected a whole number"),
            ({"applicants": True}, "applicants is True: expected a whole number"),
            ({"applicants": 100_000_001}, "applicants is 100000001: expected"),
            ({"seed": -1}, "seed is -1: expected a whole number from 0 up"),
            ({"seed": "a"}, "seed is 'a': expected a whole number"),
            ({"file_format": "xlsx"}, "file_format is 'xlsx': expected one of parquet, csv, zip"),
        ],
    )
    def test_out_of_range_are_refused_with_the_remedy(self, tmp_path, arguments, message):
        with pytest.raises(TableError, match=message):
            make_sample(tmp_path / "new", **arguments)
        assert not (tmp_path / "new").exists()

    def test_a_file_is_no_folder(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(TableError, match="file, a file: give a folder"):
            make_sample(tmp_path / "file", applicants=100)

    def test_tables_that_are_no_sample_are_not_touched(self, tmp_path):
        (tmp_path / "bureau.csv").write_text("real")
        with pytest.raises(
            TableError, match=r"holds bureau\.csv but no truth\.parquet: .* give another folder"
        ):
            make_sample(tmp_path, applicants=100)
        assert [file.name for file in tmp_path.iterdir()] == ["bureau.csv"]


class TestWriting:
    def test_the_same_seed_gives_the_same_data(self, folder, tmp_path):
        make_sample(tmp_path, applicants=APPLICANTS, seed=3)
        for stem in [*FILES, "truth"]:
            name = f"{stem}.parquet"
            assert pl.read_parquet(tmp_path / name).equals(pl.read_parquet(folder / name)), stem

    def test_another_seed_gives_other_data(self, tables, tmp_path):
        make_sample(tmp_path, applicants=APPLICANTS, seed=4)
        assert not pl.read_parquet(tmp_path / "truth.parquet").equals(tables["truth"])

    def test_every_format_holds_the_same_values(self, tmp_path):
        counts = {
            form: make_sample(tmp_path / form, applicants=300, file_format=form)
            for form in ("csv", "parquet")
        }
        counts["zip"] = make_sample(tmp_path / "zip", applicants=300, file_format="zip")
        assert counts["csv"] == counts["parquet"] == counts["zip"]
        assert {file.name for file in (tmp_path / "zip").iterdir()} == {ARCHIVE, "truth.parquet"}
        with zipfile.ZipFile(tmp_path / "zip" / ARCHIVE) as archive:
            assert sorted(archive.namelist()) == sorted(f"{stem}.csv" for stem in FILES)
            for stem in FILES:
                parquet = pl.read_parquet(tmp_path / "parquet" / f"{stem}.parquet")
                text = (tmp_path / "csv" / f"{stem}.csv").read_bytes()
                assert archive.read(f"{stem}.csv") == text
                assert pl.read_csv(text, schema=parquet.schema).equals(parquet), stem
                assert counts["csv"][stem] == parquet.height

    def test_blocks_are_told_and_keep_identifiers_apart(self, tmp_path, monkeypatch):
        monkeypatch.setattr(generate, "BLOCK", 100)
        told = []
        make_sample(tmp_path, applicants=250, progress=lambda done, of: told.append((done, of)))
        assert told == [(84, 250), (167, 250), (250, 250)]
        for stem, key in (
            ("bureau", "SK_ID_BUREAU"),
            ("previous_application", "SK_ID_PREV"),
            ("truth", "SK_ID_CURR"),
        ):
            identity = pl.read_parquet(tmp_path / f"{stem}.parquet")[key]
            assert identity.is_unique().all()
            assert identity.max() - identity.min() + 1 == identity.len()

    def test_an_older_sample_of_another_format_gives_way(self, tmp_path):
        make_sample(tmp_path, applicants=100, file_format="csv")
        make_sample(tmp_path, applicants=100, seed=1)
        assert {file.name for file in tmp_path.iterdir()} == {
            f"{stem}.parquet" for stem in [*FILES, "truth"]
        }

    def test_a_failed_run_leaves_nothing(self, tmp_path):
        with pytest.raises(RuntimeError, match="disk full"):
            make_sample(tmp_path, applicants=100, progress=fail)
        assert not list(tmp_path.iterdir())

    def test_a_killed_run_leaves_no_file_of_the_set(self, tmp_path):
        code = (
            "import os, sys, pathlib\n"
            "from credit_scoring.sample import make_sample\n"
            "make_sample(pathlib.Path(sys.argv[1]), applicants=100, progress=lambda *_: os._exit(9))\n"
        )
        done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
        assert done.returncode == 9
        assert not [file for file in tmp_path.iterdir() if not file.name.startswith(".sample-")]


def fail(_done, _of):
    raise RuntimeError("disk full")
