"""Files with wrong columns or rows, or that are not tables."""

import re

import pytest

from credit_scoring.tables.read_tables import read_tables
from tests.tables.spoiled_tables import (
    format_rows,
    parse_rows,
    refusal,
    with_column,
    without_column,
)

REMEDY = "rename or remove it, or ignore it with --ignore-unknown-columns"
CASES = {
    "a row with too many values": (
        lambda s: s.rewrite(lambda rows: [*rows[:4], [*rows[4], "1", "2"], *rows[5:]]),
        (
            r"_train\.csv: 1 row has too many values, the first 125 in row 4: expected 123: a "
            r"value that holds a ',' must"
        ),
    ),
    "a row with too few values": (
        lambda s: s.rewrite(lambda rows: [*rows[:4], rows[4][:-2], *rows[5:]]),
        (
            r"_train\.csv: 1 row has too few values, the first 121 in row 4: expected 123: "
            r"complete the row, or remove it$"
        ),
    ),
    "a missing column": (
        lambda s: s.rewrite(without_column("AMT_CREDIT")),
        (
            r"_train\.csv: it does not have AMT_CREDIT: add the column, or leave out a side "
            r"table's file$"
        ),
    ),
    "an unknown column": (
        lambda s: s.rewrite(with_column("note")),
        rf'_train\.csv: it has the unknown column "note": {REMEDY}$',
    ),
    "unknown columns, one without a name": (
        lambda s: s.rewrite(lambda rows: with_column("amt_credits")(with_column("", "1")(rows))),
        (
            rf'_train\.csv: it has the unknown columns "", "amt_credits" \(did you mean '
            rf"AMT_CREDIT\?\): {REMEDY}$"
        ),
    ),
    "a repeated column": (
        lambda s: s.rewrite(with_column("AMT_CREDIT", "1")),
        r"_train\.csv: it has AMT_CREDIT more than once: keep one of the columns$",
    ),
    "a table of other data": (
        lambda s: s.write("name,age\nAda,36\n"),
        (
            r"_train\.csv: it has the columns name, age, none of them known: expected SK_ID_CURR, "
            r"TARGET, .* and 112 more$"
        ),
    ),
    "a table in place of another": (
        lambda s: s.write(s.file("application_test").read_bytes()),
        r"_train\.csv: it does not have TARGET: add the column",
    ),
    "an empty file": (
        lambda s: s.write(""),
        r"_train\.csv: it is empty: expected a header and rows",
    ),
    "a file of empty lines": (
        lambda s: s.write("\n\n"),
        r"_train\.csv: it is empty: expected a header and rows",
    ),
    "a copy that was cut off": (
        lambda s: s.write(s.file().read_bytes()[:-300]),
        (
            r"_train\.csv: its last row is not complete, as in a copy that was cut off: copy or "
            r"download it again"
        ),
    ),
    "only a header": (
        lambda s: s.write(s.file().read_text().split("\n", 1)[0] + "\n"),
        r"_train\.csv: it has no rows: expected rows of the application table$",
    ),
    "a web page": (
        lambda s: s.write("\n<!DOCTYPE html><html><body>Sign in</body></html>"),
        r"_train\.csv: it is a web page, not a CSV: download it again, signed in$",
    ),
    "an Excel file": (
        lambda s: s.write(b"PK\x03\x04" + bytes(99)),
        (
            r"_train\.csv: it is a zip or an Excel file, not a CSV: unpack the zip, or save the "
            r"sheet as CSV$"
        ),
    ),
    "an old Excel file": (
        lambda s: s.write(b"\xd0\xcf\x11\xe0" + bytes(99)),
        r"it is an Excel workbook of the old kind .*, not a CSV: save the ",
    ),
    "Parquet named CSV": (
        lambda s: s.write(b"PAR1" + bytes(99)),
        r"_train\.csv: it is Parquet, not a CSV: name it \.parq",
    ),
    "binary data": (
        lambda s: s.write(bytes(range(256))),
        r"_train\.csv: it is binary data, not a CSV: export or download it again$",
    ),
    "a gzip that was cut off": (
        lambda s: s.write(b"\x1f\x8b\x08\x00nonsense"),
        r"_train\.csv: it cannot be used \(.*\): repair it, or leave out a side table's file$",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_invalid_files_are_named_in_one_line(case, spoiled):
    spoil, message = CASES[case]
    spoil(spoiled)
    text = refusal(spoiled.folder)
    if case == "a copy that was cut off":  # which leaves a row without its last values
        text = text.split("\n")[1]
    assert re.search(message, text), text
    assert "\n" not in text
    assert "polars" not in text.lower()


def test_message_does_not_change_with_a_cache(spoiled, tmp_path):
    CASES["a missing column"][0](spoiled)
    texts = {refusal(spoiled.folder, cache=tmp_path / "cache") for _ in range(2)}
    assert texts == {refusal(spoiled.folder)}


class TestUnknownColumns:
    def test_may_be_ignored_by_an_option(self, clean, spoiled):
        spoiled.rewrite(with_column("note"))
        tables = read_tables(spoiled.folder, checked=True, ignore_unknown=True)
        expected = read_tables(clean)["application"].collect()
        assert tables["application"].collect().equals(expected)

    def test_are_refused_although_the_file_is_cached(self, spoiled, tmp_path):
        spoiled.rewrite(with_column("note"))
        read_tables(spoiled.folder, checked=True, ignore_unknown=True, cache=tmp_path / "cache")
        assert "unknown column" in refusal(spoiled.folder, cache=tmp_path / "cache")


def test_empty_last_values_are_not_a_cut_row(clean, spoiled):
    """Rows separated by tabs end in tabs if the last columns are missing."""
    spoiled.write(format_rows(parse_rows((clean / "bureau.csv").read_text()), "\t"), "bureau")
    read_tables(spoiled.folder, checked=True)
