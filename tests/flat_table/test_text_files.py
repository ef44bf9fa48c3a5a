"""Text files of every usual layout give the same table; others are refused by line and remedy."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from credit_scoring.batch.csv_rows import CsvRows
from credit_scoring.flat_table.read_flat_table import read_flat_table
from credit_scoring.flat_table.table_file import table_file

NAMES = ["loan", "amount", "purpose", "default"]
ROWS = [
    ["a1", "1000", "car, used", "0"],
    ["a2", "2500", "home", "1"],
    ["a3", "700", "study", "0"],
    ["a4", "", "car, used", "1"],
]
FRAME = pl.DataFrame(
    {
        "loan": ["a1", "a2", "a3", "a4"],
        "amount": [1000, 2500, 700, None],
        "purpose": ["car, used", "home", "study", "car, used"],
        "default": [0, 1, 0, 1],
    }
)


def text(separator=",", end="\n", names=NAMES, rows=ROWS, last="", after=""):
    """The table as text; `last` ends each row, `after` follows each separator."""
    quoted = [[f'"{v}"' if separator in v else v for v in row] for row in [names, *rows]]
    return end.join((separator + after).join(row) + last for row in quoted) + end


def with_row_names(separator, end="\n"):
    lines = text(separator).splitlines()
    return end.join([lines[0], *(f"{i}{separator}{x}" for i, x in enumerate(lines[1:], 1))])


LAYOUTS = {
    "comma": text(),
    "semicolon": text(";"),
    "tab": text("\t"),
    "bar": text("|"),
    "CR alone": text(end="\r"),
    "CR LF": text(end="\r\n"),
    "no end of line at the end": text().rstrip("\n"),
    "blank after each comma": text(after=" "),
    "blank after each semicolon": text(";", after=" "),
    "blanks around names": text(names=[" loan", "amount ", "\u00a0purpose", "default\t"]),
    "names in quotes with blanks": text(names=['" loan "', '"amount"', '"purpose"', '"default "']),
    "byte-order mark twice": "\ufeff\ufeff" + text(),
    "sep= with semicolons": "sep=;\r\n" + text(";", "\r\n"),
    "sep= with commas": "sep=,\n" + text(),
    "SEP= in quotes": '"SEP=|"\n' + text("|"),
    "sep= padded to the width": "sep=;;;;\n" + text(";"),
    "sep= with a tab": "sep=\t\n" + text("\t"),
    "sep= with a caret": "sep=^\n" + text("^"),
    "byte-order mark and sep=": "\ufeffsep=;\n" + text(";"),
    "title": "Loan report 2026\n" + text(),
    "title padded to the width": "Loan report 2026;;;\n" + text(";"),
    "title and an empty line": "Loan report 2026\n\n" + text(),
    "title and an empty row": "Loan report 2026,,,\n,,,\n" + text(),
    "prospectus": "Notes offered by Prospectus (https://www.example.org/p)\n" + text(),
    "two comments": "# exported 2026-01-01\n# by core, version 3\n" + text(),
    "comment with as many commas": "# exported, by core, version 3, final\n" + text(),
    "R's row names": with_row_names(","),
    "R's row names, semicolons, CR LF": with_row_names(";", "\r\n"),
    "R's row names, tabs": with_row_names("\t"),
    "separator at the end of each line": text(last=","),
    "three separators at the end of each line": text(";", last=";;;"),
    "separators at the end of the rows only": text(names=NAMES, last=",").replace(",\n", "\n", 1),
    "separators at the end of one row": text().replace("home,1", "home,1,,"),
    "empty rows": text().replace("a2,", "\n,,,\n \na2,") + ",,,\n\n",
    "whole rows in quotes": "".join(
        '"' + line.replace('"', '""') + '"\n' for line in text().splitlines()
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_table(layout, tmp_path):
    (tmp_path / "a.csv").write_bytes(LAYOUTS[layout].encode())
    assert_frame_equal(read_flat_table(tmp_path / "a.csv"), FRAME)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_scoring_reads_the_same_rows(layout, tmp_path):
    (tmp_path / "a.csv").write_bytes(LAYOUTS[layout].encode())
    blocks = [*CsvRows(table_file(tmp_path / "a.csv")).blocks(10, NAMES)]
    frame = pl.concat([block.frame for block in blocks])
    frame = frame.filter(~pl.all_horizontal(pl.all().is_null()))
    expected = FRAME.cast(pl.String)
    assert [block.rejected for block in blocks] == [[]]
    assert_frame_equal(frame.with_columns(pl.all().str.strip_chars()), expected)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(encoding, tmp_path):
    (tmp_path / "a.csv").write_bytes(text(";").replace("home", "maison à Orléans").encode(encoding))
    assert read_flat_table(tmp_path / "a.csv")["purpose"][1] == "maison à Orléans"


NAMES_WITH_SEPARATORS = {
    "commas in names, semicolons": ("amount (EUR, gross, total);income (EUR, net);x", "1;2;3", 3),
    "commas in names and decimals": ("amount (EUR, net);rate, %;x", "1,5;2,5;3,5", 3),
    "commas in each name and decimal": ("a, EUR;b, EUR;c, EUR", "1,5;2,5;3,5", 3),
    "semicolons in names, tabs": ("a; b; c\td\te", "1\t2\t3", 3),
    "bars in names, commas": ("a|b,c|d,e|f|g", "1,2,3", 3),
    "commas in quoted names": ('"a, b","c, d, e",f', "1,2,3", 3),
    "semicolons in quoted names": ('"a; b","c; d",f', "1,2,3", 3),
    "commas in names, bars": ("a, b, c, d|e, f|g", "1|2|3", 3),
    "commas in texts, semicolons": ("a;b;c", "x, y, z;u, v;1", 3),
    "decimal commas, tabs": ("a\tb\tc", "1,5\t2,5\t3", 3),
    "many commas in two names": ("loan (id, number, code, x);d", "7;1", 2),
}


@pytest.mark.parametrize("case", NAMES_WITH_SEPARATORS)
def test_separator_is_the_one_of_the_rows(case, tmp_path):
    header, row, width = NAMES_WITH_SEPARATORS[case]
    (tmp_path / "a.csv").write_text("\n".join([header, *[row] * 20]))
    assert read_flat_table(tmp_path / "a.csv").width == width


COLUMN_NAMES = {
    "unnamed column with values": (",a,b", ["column 1", "a", "b"]),
    "unnamed column in the middle": ("a,,b", ["a", "column 2", "b"]),
    "composed form": ("Re\u0301gion,b,c", ["Région", "b", "c"]),
    "case is kept": ("Income,income,INCOME", ["Income", "income", "INCOME"]),
    "years": ("2014,2015,2016", ["2014", "2015", "2016"]),
    "numbers of pandas": ("0,1,2", ["0", "1", "2"]),
    "zero-width blank": ("\u200ba,b,c", ["a", "b", "c"]),
}


@pytest.mark.parametrize("case", COLUMN_NAMES)
def test_column_names(case, tmp_path):
    header, names = COLUMN_NAMES[case]
    (tmp_path / "a.csv").write_text(header + "\n4,5,6\n7,8,10\n1,5,9\n")
    assert read_flat_table(tmp_path / "a.csv").columns == names


def test_parquet_has_the_same_names(tmp_path):
    pl.DataFrame({" a": [1, 2], "": [3, 4], "Re\u0301gion": [5, 6]}).write_parquet(
        tmp_path / "a.pq"
    )
    assert read_flat_table(tmp_path / "a.pq").columns == ["a", "column 2", "Région"]


WARNINGS = {
    "late,city\n": "the first value of each row has no name in line 1 and is left out",
    "Report\n\na,late,city\n": "the names are in line 3, what is above is left out",
    "a,late,city\n": None,
    "sep=,\na,late,city\n": None,
}


@pytest.mark.parametrize("header", WARNINGS)
def test_a_warning_names_what_is_left_out(header, tmp_path, caplog):
    rows = "3,0,car\n4,1,home\n9,0,car\n"
    (tmp_path / "a.csv").write_text(header + rows)
    for _ in range(2):
        read_flat_table(tmp_path / "a.csv")
    expected = WARNINGS[header]
    assert [record.message for record in caplog.records] == (
        [f"{tmp_path}/a.csv: {expected}"] if expected else []
    )
