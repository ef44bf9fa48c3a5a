"""A table read column by column has the values that `read_flat_table` reads."""

import gzip

import polars as pl
import pytest
from polars.testing import assert_series_equal

from credit_scoring.errors import TableError
from credit_scoring.flat_table.number_column import typed_fully
from credit_scoring.flat_table.read_flat_table import read_flat_table
from credit_scoring.flat_table.scan_columns import scan_flat_table

CSV = "a,b,c\n1,x,NA\n,,\n2, y,1.5\n3,,-2\n"


def write_all(folder):
    """The same table in every form that is read."""
    files = {
        "plain.csv": CSV.encode(),
        "bytes.csv.gz": gzip.compress(CSV.encode()),
        "european.csv": CSV.replace(",", ";").replace("1.5", "1,5").encode(),
        "wide.csv": CSV.encode("utf-16"),
        "wrapped.csv": "".join(f'"{line}"\n' for line in CSV.splitlines()).encode(),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    frame = pl.DataFrame({"a": [1, None, 2], "b": [float("nan"), None, float("inf")]})
    frame.write_parquet(folder / "table.parquet")
    return [*files, "table.parquet"]


@pytest.mark.parametrize(
    "name",
    ["plain.csv", "bytes.csv.gz", "european.csv", "wide.csv", "wrapped.csv", "table.parquet"],
)
def test_columns_are_those_of_the_whole_table(tmp_path, name):
    assert name in write_all(tmp_path)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    expected = read_flat_table(tmp_path / name)
    table = scan_flat_table(tmp_path / name, scratch)
    assert table.rows == len(expected)
    assert list(table.columns) == expected.columns
    for column in table.columns:
        assert_series_equal(table.column(column), typed_fully(expected[column]))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b\n", "has no rows"),
        (b"a,b\n1,\xff\n", r"is not UTF-8 text \(line 2\)"),
        (b"a\n1\n", "has one column, 'a'"),
        (b"a,a\n1,2\n", "has the column 'a' twice"),
        (b"^a$,b\n1,2\n", "which reads as a pattern"),
        (b"PK\x03\x04", "it is cut off or damaged"),
    ],
    ids=["no rows", "not UTF-8", "one column", "repeated", "pattern", "zip"],
)
def test_refuses_what_the_whole_reader_refuses(tmp_path, content, message):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    for read in (read_flat_table, lambda path: scan_flat_table(path, tmp_path)):
        with pytest.raises(TableError, match=message):
            read(path)
