"""What is wrong with a file is said by line and remedy, without another value of the row."""

import polars as pl
import pytest

from credit_scoring.errors import TableError
from credit_scoring.flat_table.read_flat_table import read_flat_table

HEAD = "loan,income,city,late\n"
ROWS = "".join(f"{i},{i * 7},SECRET{i},{i % 2}\n" for i in range(1, 9))
TABLE = HEAD + ROWS
LONG = "x" * 200_000

RAGGED = {
    "short row": (
        TABLE.replace("SECRET3,1", "SECRET3"),
        "line 4 has 3 values, expected 4 as in line 1: complete the line, or remove it",
    ),
    "one value": (
        TABLE.replace("5,35,SECRET5,1", "total"),
        "line 6 has 1 value, expected 4 as in line 1: complete the line, or remove it",
    ),
    "two short rows": (
        TABLE.replace("SECRET3,1", "SECRET3").replace("SECRET6,0", "SECRET6"),
        "line 4 has 3 values, expected 4 as in line 1 (1 other line is like it): complete",
    ),
    "three short rows": (
        TABLE.replace(",1\n", "\n", 3),
        "line 2 has 3 values, expected 4 as in line 1 (2 other lines are like it): complete",
    ),
    "long row": (
        TABLE.replace("SECRET3", "Paris, SECRET3"),
        (
            "line 4 has 5 values, expected 4 as in line 1: a value that contains ',' must stand in "
            "double quotes"
        ),
    ),
    "cut off in the last row": (
        TABLE[:-4],
        (
            "line 9 has 3 values, expected 4 as in line 1; it is the last line: the file was cut "
            "off: copy or export it again"
        ),
    ),
    "cut off in the first value of the last row": (
        TABLE + "9",
        "line 10 has 1 value, expected 4 as in line 1; it is the last line: the file was cut off",
    ),
    "footer": (
        TABLE + "\nTotal amount funded: 5\nTotal: 6\n",
        "line 11 has 1 value, expected 4 as in line 1 (1 other line is like it): complete",
    ),
    "below a title": (
        "Report\n\n" + TABLE.replace("SECRET3,1", "SECRET3"),
        "line 6 has 3 values, expected 4 as in line 3: complete",
    ),
    "below a row of two lines": (
        TABLE.replace("SECRET2", '"SEC\nRET"').replace("SECRET3,1", "SECRET3"),
        "line 5 has 3 values, expected 4 as in line 1: complete",
    ),
    "separated by semicolons": (
        TABLE.replace(",", ";").replace("SECRET3", "a;b"),
        "line 4 has 5 values, expected 4 as in line 1: a value that contains ';' must stand in",
    ),
    "quote that is not closed": (
        TABLE.replace("SECRET3", '"SECRET3'),
        "line 4 has a quote that is not closed, or text after a closed one: write a quote inside",
    ),
    "text after a quote": (
        TABLE.replace("SECRET3", '"SEC"RET3'),
        "line 4 has a quote that is not closed, or text after a closed one: write a quote inside",
    ),
    "endless value": (
        TABLE.replace("SECRET3", f'"{LONG}"'),
        "line 4 has a value of more than 131,072 characters: shorten it, or close a quote",
    ),
    "header with fewer names": (
        TABLE.replace("loan,income,", ""),
        "line 1 has 2 values, the lines from 2 on 4: complete the names in line 1",
    ),
    "header with more names": (
        TABLE.replace("loan,", "loan,x,"),
        "line 1 has 5 values, the lines from 2 on 4: complete the names in line 1",
    ),
    "control character": (
        TABLE.replace("SECRET3", "SEC\x1fRET"),
        "a value has a control character (U+001E or U+001F): remove it",
    ),
}


def refusal(path):
    with pytest.raises(TableError) as error:
        read_flat_table(path)
    return str(error.value)


@pytest.mark.parametrize("case", RAGGED)
def test_rows_that_are_not_whole(case, tmp_path):
    content, message = RAGGED[case]
    (tmp_path / "a.csv").write_text(content)
    said = refusal(tmp_path / "a.csv")
    assert said.startswith(f"{tmp_path}/a.csv: {message}")
    assert "SEC" not in said
    assert len(said.replace(str(tmp_path), "")) < 250


WITHOUT_NAMES = {
    "numbers": "100,5000,1.5,0\n101,6000,2.5,1\n102,7000,3.5,0\n",
    "numbers and texts": "100,car,1.5,0\n101,home,2.5,1\n102,car,3.5,0\n103,home,1,1\n",
    "decimal commas": "100;1,5;0\n101;2,5;1\n102;3,5;0\n",
    "texts that repeat": "A11,car,no\nA12,car,yes\nA11,home,no\nA13,home,yes\n",
    "negative numbers": "-1,-2.5,0\n-3,-4.5,1\n-5,-6,0\n",
    "exponents": "1e5,2.5e-3,0\n2e5,3.5e-3,1\n1e4,1e-3,1\n",
    "thousands": "1 000;2 500;0\n2 000;3 500;1\n3 000;4 000;0\n",
    "below a comment": "# no names\n7,5,9\n4,5,6\n1,2,3\n",
    "with empty values": "7,,2\n4,5,6\n1,2,3\n",
    "with row names": "a1,7,5,9\na2,4,5,6\na3,1,2,3\n",
}


@pytest.mark.parametrize("case", WITHOUT_NAMES)
def test_first_line_without_names(case, tmp_path):
    (tmp_path / "a.csv").write_text(WITHOUT_NAMES[case])
    line = 2 if case == "below a comment" else 1
    pattern = f"line {line} holds values (such as "
    said = refusal(tmp_path / "a.csv")
    assert pattern in said
    assert said.endswith("not names: add a first line with the names of the columns")


SECOND_HEADER = {
    "codes and names": "X1,X2,Y\nLIMIT_BAL,AGE,default\n",
    "names and units": "income,age,score\nEUR,years,points\n",
    "names in two languages": "revenu,âge,score\nincome,age,points\n",
}


@pytest.mark.parametrize("case", SECOND_HEADER)
def test_two_lines_of_names(case, tmp_path):
    (tmp_path / "a.csv").write_text(SECOND_HEADER[case] + "1,2,0\n3,4,1\n5,6,0\n7,8,1\n")
    said = refusal(tmp_path / "a.csv")
    assert "lines 1 and 2 both hold texts above columns of numbers" in said
    assert said.endswith("keep one line, with the names of the columns")


def test_first_row_of_missing_marks_is_read(tmp_path):
    (tmp_path / "a.csv").write_text("a,b,c\nNA,NA,0\n1,2,0\n3,4,1\n5,6,0\n")
    assert len(read_flat_table(tmp_path / "a.csv")) == 4


SAME_NAMES = {
    "twice": ("a,b,a", "has the column 'a' twice (columns 1 and 3): rename or remove one"),
    "blanks": ("a,b,a ", "'a' twice (columns 1 and 3, different only in blanks or accents)"),
    "accents": ("é,e\u0301,b", "'é' twice (columns 1 and 2, different only in blanks or accents)"),
    "three times": ("a,a,a", "'a' 3 times (columns 1 and 2)"),
}


@pytest.mark.parametrize("case", SAME_NAMES)
def test_names_that_are_the_same(case, tmp_path):
    header, message = SAME_NAMES[case]
    (tmp_path / "a.csv").write_text(f"{header}\n1,2,3\n4,6,5\n")
    assert message in refusal(tmp_path / "a.csv")


def test_values_separated_by_spaces(tmp_path):
    (tmp_path / "a.csv").write_text("A11 6 A34 1169\nA12 48 A32 5951\n")
    assert refusal(tmp_path / "a.csv").endswith(
        "its values are separated by spaces: separate them by , or ;"
    )


def test_damaged_parquet_is_named_without_the_library_s_text(tmp_path):
    pl.DataFrame({"a": [1] * 999, "b": [2] * 999}).write_parquet(tmp_path / "a.parquet")
    content = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(content[: len(content) // 2])
    assert refusal(tmp_path / "a.parquet").endswith(
        "a.parquet cannot be read (it is cut off or damaged): repair it, or copy or export it again"
    )
