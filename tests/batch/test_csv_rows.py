"""CSV files are read block by block, and a row that cannot be split does not stop the others."""

import gzip

import pytest

from credit_scoring.batch.csv_rows import CsvRows
from credit_scoring.errors import TableError
from credit_scoring.flat_table.table_file import table_file

LINES = ["id,name,debt", "1,Ann,10", "2,Ben,20", "3,Cem,30", "4,Dea,40", "5,Eve,50"]


@pytest.fixture
def write(tmp_path):
    def file(content, name="a.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return file


def read(path, size=2, first=0, columns=("id", "name", "debt")):
    """The rows of all blocks with their numbers, and the rejected ones."""
    blocks = [*CsvRows(table_file(path)).blocks(size, columns, first)]
    rows = [
        (row, *values)
        for block in blocks
        for row, values in zip(block.rows, block.frame.rows(), strict=True)
    ]
    return rows, [(each.row, each.reason) for block in blocks for each in block.rejected]


PLAIN = [(i, *line.split(",")) for i, line in enumerate(LINES) if i]
TEXT = "\n".join(LINES)
FORMS = {
    "plain": (TEXT, "a.csv"),
    "line break at the end": (TEXT + "\n", "a.csv"),
    "semicolons": (TEXT.replace(",", ";"), "a.csv"),
    "carriage returns": (TEXT.replace("\n", "\r\n"), "a.csv"),
    "old Macintosh": (TEXT.replace("\n", "\r"), "a.csv"),
    "byte order mark": (TEXT.encode("utf-8-sig"), "a.csv"),
    "UTF-16": (TEXT.encode("utf-16"), "a.csv"),
    "compressed": (gzip.compress(TEXT.encode()), "a.csv.gz"),
    "quoted": (TEXT.replace("Ann", '"Ann"'), "a.csv"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [1, 2, 10])
def test_rows_do_not_depend_on_the_form_of_the_file(write, form, size):
    assert read(write(*FORMS[form]), size) == (PLAIN, [])


@pytest.mark.parametrize("first", [0, 1, 2, 3])
def test_blocks_begin_anywhere(write, first):
    assert read(write(TEXT), 2, first) == (PLAIN[2 * first :], [])


def test_columns_are_selected(write):
    assert read(write(TEXT), columns=["debt"])[0][:2] == [(1, "10"), (2, "20")]


REJECTED = {
    "too many values": ("2,Ben,20,7", "the row has 4 values: expected 3, as many as the header"),
    "too few values": ("2", "the row has 1 value: expected 3, as many as the header has"),
    "an open quote": ('2,"Ben,20', "a quote is opened and not closed: close it, or remove it"),
    "a quote in a text": ('2,5" pipe,20', "a quote is opened and not closed"),
    "too long": (f'2,"{"x" * 200_000}",20', "a value has more than 131,072 characters"),
}


@pytest.mark.parametrize("case", REJECTED)
def test_a_row_that_cannot_be_split_is_reported_and_the_others_are_read(write, case):
    line, reason = REJECTED[case]
    rows, rejected = read(write("\n".join([*LINES[:2], line, *LINES[3:]])))
    assert rows == [PLAIN[0], *PLAIN[2:]]
    ((row, text),) = rejected
    assert row == 2
    assert text.startswith(reason)


def test_line_breaks_in_quotes_belong_to_the_value(write):
    rows, rejected = read(write(TEXT.replace("Ben", '"Ben\nor ""B"""')), 3)
    assert rejected == []
    assert rows[1] == (2, "2", 'Ben\nor "B"', "20")
    assert rows[2:] == PLAIN[2:]


def test_quotes_inside_a_value_that_is_not_quoted(write):
    rows, rejected = read(write(TEXT.replace("Ben", 'the "B" one')))
    assert rejected == []
    assert rows[1][2] == 'the "B" one'


def test_empty_lines_count_and_are_left_out(write):
    rows, rejected = read(write(TEXT.replace("2,Ben,20", "")))
    assert rejected == []
    assert rows == [PLAIN[0], *PLAIN[2:]]


def test_undecodable_bytes_do_not_stop_the_file(write):
    rows, _ = read(write(TEXT.encode().replace(b"Ben", b"B\xe9n")))
    assert rows[1] == (2, "2", "B�n", "20")


def test_empty_values_are_null(write):
    assert read(write(TEXT.replace("Ben", "")))[0][1] == (2, "2", None, "20")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04", "it is cut off or damaged"),
        (b"", "it is empty"),
        (b"a,b,a\n1,2,3", "has the column 'a' twice"),
        (b"a\n1", "has one column, 'a'"),
    ],
    ids=["zip", "empty", "repeated", "one column"],
)
def test_other_files_are_refused(write, content, message):
    with pytest.raises(TableError, match=message):
        CsvRows(table_file(write(content)))
