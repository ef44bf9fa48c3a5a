"""Reading any lender's table: numbers only where every value is one, the target only where it is an outcome."""

import gzip

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from credit_scoring.errors import TableError
from credit_scoring.flat_table.read_flat_table import read_flat_table, target_values

ROWS = [
    ("id", "income", "city", "late"),
    ("a1", "1200.5", "Orléans", "true"),
    ("a2", "-3", "Le Puy, Velay", "false"),
]


def written(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def table(separator=",", ending="\n", decimal="."):
    rows = [[f'"{value}"' if separator in value else value for value in row] for row in ROWS]
    return (
        ending.join(separator.join(row) for row in rows).replace("1200.5", f"1200{decimal}5")
        + ending
    )


def parsed(tmp_path, *values):
    """What becomes of a column of a CSV file with these values."""
    text = "\n".join(["x|rest", *(f"{value}|r" for value in values)])
    return read_flat_table(written(tmp_path / "a.csv", text))["x"]


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
            (table() + ",,,\n\n", "utf-8"),
        ],
    )
    def test_separators_line_ends_a_bom_and_decimal_commas_do_not_matter(
        self, text, encoding, tmp_path
    ):
        expected = pl.DataFrame(
            {
                "id": ["a1", "a2"],
                "income": [1200.5, -3.0],
                "city": ["Orléans", "Le Puy, Velay"],
                "late": [True, False],
            }
        )
        assert_frame_equal(read_flat_table(written(tmp_path / "a.csv", text, encoding)), expected)

    def test_compressed_csv_and_parquet_too(self, tmp_path):
        plain = read_flat_table(written(tmp_path / "a.csv", table()))
        (tmp_path / "a.csv.gz").write_bytes(gzip.compress(table().encode()))
        plain.write_parquet(tmp_path / "a.parquet")
        assert_frame_equal(read_flat_table(tmp_path / "a.csv.gz"), plain)
        assert_frame_equal(read_flat_table(tmp_path / "a.parquet"), plain)

    def test_a_header_in_quotes_may_hold_the_other_separator(self, tmp_path):
        frame = read_flat_table(written(tmp_path / "a.csv", '"a;b;c",d\n1,2\n'))
        assert frame.columns == ["a;b;c", "d"]

    def test_parquet_keeps_its_types_but_nan_and_infinity_are_missing(self, tmp_path):
        pl.DataFrame(
            {"code": ["1", "2", "3"], "x": [1.5, float("nan"), float("inf")]}
        ).write_parquet(tmp_path / "a.parquet")
        frame = read_flat_table(tmp_path / "a.parquet")
        assert frame["code"].to_list() == ["1", "2", "3"]
        assert frame["x"].to_list() == [1.5, None, None]


class TestTypes:
    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            (["1", "-2", "+3"], [1, -2, 3]),
            (["1", "NA", "2"], [1, None, 2]),
            (["1.5", "N/A", ".5", "2e3", ""], [1.5, None, 0.5, 2000.0, None]),
            (["1,5", "12"], [1.5, 12.0]),
            ([" 1 ", "2"], [1, 2]),
            (["True", "FALSE", "true"], [True, False, True]),
        ],
    )
    def test_numbers_and_truth_values_where_all_are(self, values, expected, tmp_path):
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
            ["2024-01-31", "2024-02-01"],
            ["NA", "NULL"],
        ],
    )
    def test_texts_as_they_stand_where_one_is_none(self, values, tmp_path):
        assert parsed(tmp_path, *values).to_list() == values


class TestRefused:
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", r"a\.csv is empty: give a CSV"),
            (b"\n\n", r"a\.csv is empty"),
            (b"a,b\n", r"a\.csv has no rows: give a table with one row per loan"),
            (b"a,b\n,\n", r"a\.csv has no rows"),
            (
                b"dear diary\ntoday\n",
                r"a\.csv has one column, 'dear diary': expected several, separated by , or ;",
            ),
            (b"a,b\n1,2,3\n", r"a\.csv cannot be read as CSV \(found more fields.*\): mend it"),
            (b'a,b\n"1,2\n3,4\n', r"a\.csv cannot be read as CSV \(.*mend it"),
            (
                b"a,^b.*$\n1,2\n",
                r"a\.csv has the column '\^b\.\*\$', which reads as a pattern \(\^…\$\): rename it",
            ),
            (b"a,b,a\n1,2,3\n", r"a\.csv has the column 'a' twice: rename or remove one"),
            (
                "a,b\n1,é\n".encode("cp1252"),
                r"a\.csv is not UTF-8 text \(line 2\): save it as CSV UTF-8",
            ),
            (b"PK\x03\x04 a sheet", r"a\.csv is a workbook or a zip: save the sheet as CSV"),
            (b"a,b\n\0,1\n", r"a\.csv is not a table \(it holds zero bytes\)"),
        ],
    )
    def test_what_is_no_table(self, content, message, tmp_path):
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
    def test_no_such_file(self, name, message, tmp_path):
        with pytest.raises(TableError, match=message):
            read_flat_table(tmp_path / name)

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("a.parquet", "cannot be read as Parquet"),
            ("a.csv.gz", r"cannot be read as CSV \(Not a gzipped file"),
        ],
    )
    def test_a_name_that_promises_another_format(self, name, message, tmp_path):
        with pytest.raises(TableError, match=message):
            read_flat_table(written(tmp_path / name, table()))


class TestTarget:
    @pytest.mark.parametrize(
        "values",
        [
            [0, 1, 1],
            [0.0, 1.0, 1.0],
            [False, True, True],
            ["0", "1", "1"],
            ["no", "yes", "YES"],
            ["No", " Yes", "yes"],
            ["false", "True", "TRUE"],
        ],
    )
    def test_each_way_to_say_it(self, values):
        target = target_values(pl.DataFrame({"bad": values}), "bad")
        assert (target.name, target.dtype, target.to_list()) == ("bad", pl.Int8, [0, 1, 1])

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            (
                [0, 1, 2, 2],
                r"bad holds '2' \(2 rows\), '0' \(1 rows\), '1' \(1 rows\): expected a 0 or 1, no or yes",
            ),
            ([0, 1, None], r"bad holds .*no value \(1 rows\)"),
            (
                [0, 0, 0],
                r"bad holds '0' \(3 rows\): expected .*both of them; 1, yes or true is a default",
            ),
            ([0.5, 1.0], r"bad holds '0\.5' \(1 rows\)"),
            (["yes", "0"], r"bad holds '0' \(1 rows\), 'yes' \(1 rows\)"),
            (["Y", "N"], r"bad holds 'N' \(1 rows\), 'Y'"),
            (
                [f"v{i:02}" for i in range(30)],
                r"bad holds 'v00' \(1 rows\), .*'v09' \(1 rows\), 20 other values",
            ),
            ([None, None], r"bad holds no value \(2 rows\)"),
            ([1, 2], r"bad holds '1' \(1 rows\), '2'"),
        ],
    )
    def test_anything_else_is_refused_with_the_values_found(self, values, message):
        with pytest.raises(TableError, match=message):
            target_values(pl.DataFrame({"bad": values}, strict=False), "bad")

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("Default", r"no column Default \(did you mean default\?\): name the target"),
            ("zzz", r"no column zzz \(it has 'default', 'x'\): name the target"),
        ],
    )
    def test_no_such_column(self, name, message):
        with pytest.raises(TableError, match=message):
            target_values(pl.DataFrame({"default": [0, 1], "x": [1, 2]}), name)
