"""Reading: equal tables from CSV, Parquet and zip; marks become missing; bad files are named."""

import gzip
import logging
import shutil
import zipfile

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from credit_scoring.contracts.contract import contracts
from credit_scoring.errors import TableError
from credit_scoring.sample import generate_sample
from credit_scoring.tables.read_tables import explain_read_errors, read_tables, source_files
from credit_scoring.tables.scan import DTYPES

SAMPLE = {"applicants": 100, "seed": 3}
APPLICATION = "application_train"


@pytest.fixture(scope="module")
def parquet(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parquet")
    generate_sample(folder, **SAMPLE)
    return folder


@pytest.fixture(scope="module")
def csv(tmp_path_factory):
    folder = tmp_path_factory.mktemp("csv")
    generate_sample(folder, **SAMPLE, file_format="csv")
    return folder


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("zip")
    generate_sample(folder, **SAMPLE, file_format="zip")
    return next(folder.glob("*.zip"))


@pytest.fixture
def one_table(tmp_path, parquet):
    """A folder with the application table alone, and that table to spoil."""
    shutil.copy(parquet / f"{APPLICATION}.parquet", tmp_path)
    return tmp_path, pl.read_parquet(parquet / f"{APPLICATION}.parquet")


def collected(path, **arguments):
    with explain_read_errors(path, **arguments):
        return {name: frame.collect() for name, frame in read_tables(path, **arguments).items()}


class TestFormats:
    @pytest.mark.parametrize("labelled", [True, False])
    def test_csv_parquet_and_zip_give_equal_tables(self, csv, parquet, archive, labelled):
        expected = collected(parquet, labelled=labelled)
        for path in (csv, archive):
            tables = collected(path, labelled=labelled)
            assert list(tables) == list(expected) == list(contracts())
            for name, frame in expected.items():
                assert_frame_equal(tables[name], frame, check_exact=True)

    def test_compressed_csv_is_read(self, csv, tmp_path):
        packed = tmp_path / f"{APPLICATION}.csv.gz"
        packed.write_bytes(gzip.compress((csv / f"{APPLICATION}.csv").read_bytes()))
        assert_frame_equal(collected(tmp_path)["application"], collected(csv)["application"])

    def test_zip_may_contain_a_folder(self, csv, tmp_path):
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as target:
            target.write(csv / f"{APPLICATION}.csv", f"some/folder/{APPLICATION}.csv")
        assert_frame_equal(
            collected(tmp_path / "a.zip")["application"], collected(csv)["application"]
        )

    def test_columns_have_the_contract_s_order_and_dtypes(self, parquet):
        for name, frame in collected(parquet).items():
            assert frame.schema == {c.name: DTYPES[c.dtype] for c in contracts()[name].columns}

    def test_column_order_of_the_file_is_ignored(self, one_table):
        folder, frame = one_table
        expected = collected(folder)["application"]
        frame.select(sorted(frame.columns)).write_parquet(folder / f"{APPLICATION}.parquet")
        assert_frame_equal(collected(folder)["application"], expected)

    def test_integers_written_as_floats_become_integers(self, one_table):
        """Pandas turns a column of integers into floats if some are missing."""
        folder, frame = one_table
        expected = collected(folder)["application"]
        frame.with_columns(pl.selectors.integer().cast(pl.Float64)).write_parquet(
            folder / f"{APPLICATION}.parquet"
        )
        assert_frame_equal(collected(folder)["application"], expected)

    def test_categories_become_codes_in_level_order(self, one_table):
        folder, frame = one_table
        levels = contracts()["application"]["NAME_EDUCATION_TYPE"].levels
        codes = collected(folder)["application"]["NAME_EDUCATION_TYPE"]
        assert [levels[code] for code in codes] == frame["NAME_EDUCATION_TYPE"].cast(
            pl.String
        ).to_list()


class TestMissingValues:
    @pytest.mark.parametrize("file_format", ["parquet", "csv"])
    @pytest.mark.parametrize(
        ("column", "mark"),
        [
            ("DAYS_EMPLOYED", 365243),
            ("CODE_GENDER", "XNA"),
            ("ORGANIZATION_TYPE", "XNA"),
            ("AMT_ANNUITY", None),
            ("OCCUPATION_TYPE", None),
        ],
    )
    def test_marks_of_the_source_become_missing(self, one_table, column, mark, file_format):
        folder, frame = one_table
        (folder / f"{APPLICATION}.parquet").unlink()
        dtype = frame.schema[column]
        dtype = pl.String if isinstance(dtype, (pl.Enum, pl.String)) else dtype
        is_second = pl.int_range(pl.len()) == 1
        values = pl.when(is_second).then(pl.lit(mark)).otherwise(pl.col(column).cast(dtype))
        spoilt = frame.with_columns(values.alias(column))
        getattr(spoilt, f"write_{file_format}")(folder / f"{APPLICATION}.{file_format}")
        assert collected(folder)["application"][column][1] is None

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("column", ["AMT_CREDIT", "DAYS_EMPLOYED", "CNT_CHILDREN"])
    def test_nan_and_infinity_become_missing(self, one_table, column, value):
        folder, frame = one_table
        frame.with_columns(pl.lit(value).alias(column)).write_parquet(
            folder / f"{APPLICATION}.parquet"
        )
        assert collected(folder)["application"][column].null_count() == len(frame)

    def test_every_value_of_the_sample_obeys_its_contract(self, parquet):
        for name, frame in collected(parquet).items():
            for column in contracts()[name].columns:
                values = frame[column.name].drop_nulls()
                assert column.nullable or len(values) == len(frame), column.name
                if column.is_category:
                    assert len(values) == 0 or values.max() < len(column.levels)
                elif len(values):
                    assert column.minimum <= values.min() <= values.max() <= column.maximum, (
                        column.name
                    )


class TestFiles:
    def test_absent_side_table_is_logged(self, parquet, tmp_path, caplog):
        shutil.copytree(
            parquet, tmp_path / "some", ignore=shutil.ignore_patterns("bureau.parquet", "POS_*")
        )
        with caplog.at_level(logging.WARNING):
            tables = read_tables(tmp_path / "some")
        assert set(contracts()) - set(tables) == {"bureau", "pos_cash_balance"}
        assert [record.getMessage() for record in caplog.records] == [
            f"{tmp_path / 'some'} holds no {stem}: its features are left out"
            for stem in ("bureau", "POS_CASH_balance")
        ]

    def test_unlabelled_reads_the_file_without_target(self, parquet):
        without = read_tables(parquet, labelled=False)["application"].collect()
        assert "TARGET" not in without.columns
        assert without["SK_ID_CURR"].equals(
            pl.read_parquet(parquet / "application_test.parquet")["SK_ID_CURR"]
        )
        assert not set(without["SK_ID_CURR"]) & set(collected(parquet)["application"]["SK_ID_CURR"])

    def test_source_files_are_only_the_tables(self, parquet, archive):
        names = [path.name for path in source_files(parquet)]
        assert names == sorted(names)
        assert len(names) == 8
        assert "truth.parquet" not in names
        assert source_files(archive) == [archive]

    def test_parquet_is_preferred_to_csv(self, parquet, tmp_path):
        shutil.copy(parquet / f"{APPLICATION}.parquet", tmp_path)
        (tmp_path / f"{APPLICATION}.csv").write_text("nonsense")
        assert len(collected(tmp_path)["application"]) > 0


class TestRefused:
    @pytest.mark.parametrize("labelled", [True, False])
    def test_missing_application_table(self, tmp_path, labelled):
        stem = APPLICATION if labelled else "application_test"
        message = (
            rf"{tmp_path} holds no application table: expected one of {stem}\.parquet, "
            rf"{stem}\.csv, .* or a zip"
        )
        with pytest.raises(TableError, match=message):
            read_tables(tmp_path, labelled=labelled)

    def test_zip_without_application_table(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as target:
            target.writestr("bureau.csv", "SK_ID_CURR\n1\n")
        with pytest.raises(TableError, match=r"a\.zip holds no application table"):
            read_tables(tmp_path / "a.zip")

    def test_path_that_does_not_exist(self, tmp_path):
        with pytest.raises(
            TableError, match=r"nowhere does not exist: expected a folder of tables or a zip"
        ):
            read_tables(tmp_path / "nowhere")

    def test_file_that_is_not_a_zip(self, tmp_path):
        (tmp_path / "a.zip").write_text("hello")
        with pytest.raises(
            TableError, match=r"a\.zip is neither a folder nor a zip: give the folder"
        ):
            read_tables(tmp_path / "a.zip")

    def test_missing_column_is_named_with_its_file(self, one_table):
        folder, frame = one_table
        frame.drop("AMT_CREDIT", "TARGET").write_parquet(folder / f"{APPLICATION}.parquet")
        with pytest.raises(
            TableError,
            match=rf"{APPLICATION}\.parquet: it does not have TARGET, AMT_CREDIT: add the col",
        ):
            read_tables(folder)

    def test_file_of_other_data_shows_its_columns(self, tmp_path):
        (tmp_path / f"{APPLICATION}.csv").write_text("name,age\nAda,36\n")
        with pytest.raises(
            TableError, match=r"it has the columns name, age, none of them known: expected SK_ID_C"
        ):
            read_tables(tmp_path)

    def test_unlabelled_file_in_place_of_the_labelled_one(self, parquet, tmp_path):
        shutil.copy(parquet / "application_test.parquet", tmp_path / f"{APPLICATION}.parquet")
        with pytest.raises(TableError, match="does not have TARGET"):
            read_tables(tmp_path)

    @pytest.mark.parametrize("file_format", ["parquet", "csv", "zip"])
    @pytest.mark.parametrize(
        ("column", "value"),
        [("NAME_CONTRACT_TYPE", "Barter"), ("AMT_CREDIT", "much"), ("CNT_CHILDREN", "1000")],
    )
    def test_invalid_value_is_named_with_file_and_column(
        self, one_table, column, value, file_format
    ):
        folder, frame = one_table
        (folder / f"{APPLICATION}.parquet").unlink()
        spoilt = frame.with_columns(pl.lit(value).alias(column))
        if file_format == "zip":
            with zipfile.ZipFile(folder / "a.zip", "w") as target:
                target.writestr(f"{APPLICATION}.csv", spoilt.write_csv())
        else:
            getattr(spoilt, f"write_{file_format}")(folder / f"{APPLICATION}.{file_format}")
        path = folder / "a.zip" if file_format == "zip" else folder
        with pytest.raises(
            TableError,
            match=rf'{APPLICATION}\.\w+: {column}: \d+ values .*"{value}" in row 1: expected',
        ) as caught:
            collected(path)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(
        "name", [f"{APPLICATION}.parquet", f"{APPLICATION}.csv", f"{APPLICATION}.csv.gz"]
    )
    @pytest.mark.parametrize(
        "content", [b"", b"PAR1", b"\x1f\x8b nonsense", b"\xff\xfe\x00", b"PAR1 nonsense PAR1"]
    )
    def test_damaged_file_is_named(self, tmp_path, name, content):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(TableError, match=name):
            collected(tmp_path)

    def test_row_with_too_many_fields_is_refused(self, csv, tmp_path):
        header, first, rest = (csv / f"{APPLICATION}.csv").read_text().split("\n", 2)
        (tmp_path / f"{APPLICATION}.csv").write_text("\n".join([header, first + ",1,2", rest]))
        with pytest.raises(
            TableError, match=r"1 row has too many values, the first 125 in row 1: expected 123"
        ):
            collected(tmp_path)

    def test_damaged_zip_is_named_without_a_panic(self, csv, tmp_path, capfd):
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
            target.write(csv / f"{APPLICATION}.csv", f"{APPLICATION}.csv")
        data = bytearray(path.read_bytes())
        for position in range(1000, len(data) - 1000, len(data) // 10):
            spoilt = data.copy()
            spoilt[position] ^= 0xFF
            path.write_bytes(spoilt)
            with pytest.raises(TableError, match=r"a\.zip"):
                collected(path)
        assert "panicked" not in capfd.readouterr().err

    def test_errors_of_the_caller_are_raised_unchanged(self, parquet):
        with pytest.raises(pl.exceptions.ColumnNotFoundError), explain_read_errors(parquet):
            read_tables(parquet)["bureau"].select("NOT_THERE").collect()
