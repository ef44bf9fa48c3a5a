"""Reading any lender's table: column types, refused files, and the target."""

import gzip

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from credit_scoring.errors import TableError
from credit_scoring.flat_table.read_flat_table import read_flat_table

ROWS = [
    ("id", "income", "city", "late"),
    ("a1", "1200.5", "Orléans", "true"),
    ("a2", "-3", "Le Puy, Velay", "false"),
]


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def table(separator=",", ending="\n", decimal="."):
    rows = [[f'"{value}"' if separator in value else value for value in row] for row in ROWS]
    return (
        ending.join(separator.join(row) for row in rows).replace("1200.5", f"1200{decimal}5")
        + ending
    )


def parsed(tmp_path, *values):
    """The column of a CSV file with these values."""
    text = "\n".join(["x|rest", *(f"{value}|r" for value in values)])
    return read_flat_table(write(tmp_path / "a.csv", text))["x"]


class TestForms:
    @pytest.mark.parametrize(
        ("text", "encoding"),
        [
            (table(), "utf-8"),
            (table(";"), "utf-8"),
            (table("\t"), "utf-8"),
            (table("|"), "utf-8"),
            (table(ending="\r\n"), "utf-8"),
            (table(), "utf-8-sig"),
            (table(";", "\r\n", ","), "utf-8-sig"),
            (table(ending="\r"), "utf-8"),
            (table(), "utf-16"),
            (table() + ",,,\n\n", "utf-8"),
        ],
    )
    def test_csv_dialects_give_the_same_table(self, text, encoding, tmp_path):
        expected = pl.DataFrame(
            {
                "id": ["a1", "a2"],
                "income": [1200.5, -3.0],
                "city": ["Orléans", "Le Puy, Velay"],
                "late": [True, False],
            }
        )
        assert_frame_equal(read_flat_table(write(tmp_path / "a.csv", text, encoding)), expected)

    def test_compressed_csv_and_parquet_are_read(self, tmp_path):
        plain = read_flat_table(write(tmp_path / "a.csv", table()))
        (tmp_path / "a.csv.gz").write_bytes(gzip.compress(table().encode()))
        plain.write_parquet(tmp_path / "a.parquet")
        assert_frame_equal(read_flat_table(tmp_path / "a.csv.gz"), plain)
        assert_frame_equal(read_flat_table(tmp_path / "a.parquet"), plain)

    def test_quoted_header_may_contain_another_separator(self, tmp_path):
        frame = read_flat_table(write(tmp_path / "a.csv", '"a;b;c",d\n1,2\n'))
        assert frame.columns == ["a;b;c", "d"]

    def test_row_with_only_a_quoted_text_is_not_unwrapped(self, tmp_path):
        frame = read_flat_table(write(tmp_path / "a.csv", 'name,b,c\n"Doe, Jane",,\nx,1,2\n'))
        assert frame["name"].to_list() == ["Doe, Jane", "x"]

    def test_rows_in_quotes_as_a_whole_are_unwrapped(self, tmp_path):
        frame = read_flat_table(write(tmp_path / "a.csv", '"name,b"\n"""Doe, Jane"",1"\n"x,2"\n'))
        assert frame["name"].to_list() == ["Doe, Jane", "x"]

    def test_parquet_keeps_types_and_nan_is_missing(self, tmp_path):
        pl.DataFrame(
            {"code": ["1", "2", "3"], "x": [1.5, float("nan"), float("inf")]}
        ).write_parquet(tmp_path / "a.parquet")
        frame = read_flat_table(tmp_path / "a.parquet")
        assert frame["code"].to_list() == ["1", "2", "3"]
        assert frame["x"].to_list() == [1.5, None, float("inf")]


class TestTypes:
    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            (["1", "-2", "+3"], [1, -2, 3]),
            (["1", "", "2"], [1, None, 2]),
            (["1.5", ".5", "2e3", ""], [1.5, 0.5, 2000.0, None]),
            (["1,5", "12"], [1.5, 12.0]),
            (["8,3E-05", ",41", "-2,"], [8.3e-05, 0.41, -2.0]),
            ([" 1 ", "2"], [1, 2]),
            (["True", "FALSE", "true"], [True, False, True]),
        ],
    )
    def test_numbers_and_booleans_if_every_value_is_one(self, values, expected, tmp_path):
        assert parsed(tmp_path, *values).to_list() == expected

    @pytest.mark.parametrize(
        "values",
        [
            ["007", "1"],
            ["1 234,5", "2"],
            ["12%", "3"],
            ["1,234", "12,345"],
            [" 36 months", "60 months"],
            ["12345678901234567890", "1"],
            ["yes", "no"],
            ["1", "two"],
            ["1", "NA", "2"],
            ["1.5", "inf"],
            ["2024-01-31", "2024-02-01"],
            ["NA", "NULL"],
        ],
    )
    def test_other_columns_stay_unchanged_texts(self, values, tmp_path):
        assert parsed(tmp_path, *values).to_list() == values


class TestRefused:
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", r"a\.csv: it is empty: expected a header and rows"),
            (b"\n\n", r"a\.csv: it is empty"),
            (b"a,b\n", r"a\.csv has no rows: give a table with one row per loan"),
            (b"a,b\n,\n", r"a\.csv has no rows"),
            (
                b"dear diary\ntoday\n",
                r"a\.csv: it has one column, 'dear diary': expected several, separated by , ; tab",
            ),
            (
                b"a,b\n1,2\n1,2,3\n",
                r"a\.csv: line 3 has 3 values, expected 2 as in line 1: a value",
            ),
            (b'a,b\n1,2\n"1,2\n3,4\n', r"a\.csv: line 3 has a quote that is not closed"),
            (
                b"a,^b.*$\n1,2\n",
                r"a\.csv has the column '\^b\.\*\$', which reads as a pattern \(\* or \^…\$\): ",
            ),
            (b"a,b,a\n1,2,3\n", r"a\.csv has the column 'a' twice \(columns 1 and 3\): rename or"),
            (
                "a,b\n1,é\n".encode("cp1252"),
                r"a\.csv is not UTF-8 text \(line 2\): save it as CSV UTF-8",
            ),
            (
                b"PK\x03\x04 a sheet",
                r"a\.csv cannot be read \(it is cut off or damaged\): repair it, or copy",
            ),
            (b"a,b\n\0,1\n", r"a\.csv: it is binary data, not a CSV: export or download it again"),
        ],
    )
    def test_content_that_is_not_a_table(self, content, message, tmp_path):
        (tmp_path / "a.csv").write_bytes(content)
        with pytest.raises(TableError, match=message):
            read_flat_table(tmp_path / "a.csv")

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("nowhere.csv", r"nowhere\.csv is not a file"),
            ("", "is not a file: give a CSV or Parquet file"),
        ],
    )
    def test_missing_file(self, name, message, tmp_path):
        with pytest.raises(TableError, match=message):
            read_flat_table(tmp_path / name)
