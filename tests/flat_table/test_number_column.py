"""Numbers written as text: marks, signs and separators are read, or the column says why not."""

import numpy as np
import polars as pl
import pytest

from credit_scoring.flat_table.infer_schema import infer_schema
from credit_scoring.flat_table.number_column import read_number_column, typed_fully
from credit_scoring.flat_table.number_text import is_mark, is_missing, numbers_of
from credit_scoring.flat_table.typed_columns import typed

ROWS = 200
AMOUNTS = np.random.default_rng(4).uniform(1, 90_000, ROWS).round(2).tolist()
MARKS = (
    "None", r"\N", "(null)", "[NULL]", "NaT", "Null", "NAN", "-nan", "#NA", "#N/A", "#NV", "<NA>",
    "#DIV/0!", "#VALUE!", "#VALEUR!", "#REF!", "#####", "--", "---", "–", "..", ".", ".A", "?", "*",
    "??", "unknown", "Missing", "(blank)", "n.a.", "N.D.", "NC", "not available",
    "Non renseigné", "inconnu", "1.#QNAN", "-1.#IND", "nil", "inf", "-Infinity", "∞", "1.#INF", " ",
)  # fmt: skip


def series(texts):
    return pl.Series("x", texts, pl.String)


def written(form, amounts=AMOUNTS):
    return [form(amount) for amount in amounts]


def swap(text):
    """The text with commas for points and points for commas."""
    return text.translate(str.maketrans(",.", ".,"))


def with_cell(text, texts=None, row=120):
    cells = list(texts or map(str, AMOUNTS))
    cells[row] = text
    return series(cells)


class TestMarks:
    @pytest.mark.parametrize("mark", MARKS)
    def test_known_marks_are_missing_and_noted_with_their_count(self, mark):
        cells = [mark if i % 40 == 7 else str(amount) for i, amount in enumerate(AMOUNTS)]
        column = read_number_column(series(cells))
        assert column.numbers.null_count() == 5
        assert column.missing == (mark,)
        assert f"read as missing: {mark!r} (5 rows)" in column.notes

    def test_infinity_of_parquet_is_missing_and_noted(self):
        column = read_number_column(pl.Series([1.5, float("inf"), float("-inf"), None]))
        assert column.numbers.to_list() == [1.5, None, None, None]
        assert column.notes == ("read as missing: infinity (2 rows)",)

    def test_whole_numbers_among_marks_stay_whole(self):
        column = read_number_column(series(["1", "NA", "30"]))
        assert column.numbers.dtype == pl.Int64
        assert column.numbers.to_list() == [1, None, 30]

    def test_truth_values_among_marks(self):
        column = read_number_column(series(["True", "?", "false"]))
        assert column.numbers.to_list() == [True, None, False]

    @pytest.mark.parametrize("text", ["None", "unknown", "missing", "12", "own", "N", "x"])
    def test_words_may_be_levels_of_a_category(self, text):
        assert not is_missing(series([text]))[0]

    @pytest.mark.parametrize("text", ["12", "own", "1e5", "noned", "0", "N", "no"])
    def test_other_texts_are_no_marks(self, text):
        assert not is_mark(series([text]))[0]


class TestNotations:
    @pytest.mark.parametrize(
        "form",
        [
            "{:,.2f}".format,
            lambda x: swap(f"{x:,.2f}"),
            lambda x: f"{x:,.2f}".replace(",", " ").replace(".", ","),
            lambda x: f"{x:,.2f}".replace(",", "\u202f").replace(".", ","),
            lambda x: f"{x:,.2f}".replace(",", "\u00a0"),
            lambda x: f"{x:,.2f}".replace(",", "'"),
            lambda x: f"{x:,.2f}".replace(",", "’"),
            "${:,.2f}".format,
            "{:.2f}€".format,
            "{:.2f} EUR".format,
            "US$ {:,.2f}".format,
            "CHF {:.2f}".format,
            lambda x: "R$ " + swap(f"{x:,.2f}"),
            lambda x: swap(f"{x:,.2f}") + " kr",
            "{:.2f}%".format,
            lambda x: f"{x:.2f} %".replace(".", ","),
            "  {:.2f} ".format,
            "{:012.2f}".format,
            "+{:.2f}".format,
            "{:.8E}".format,
            lambda x: f"{x:.8E}".replace(".", ","),
        ],
        ids=range(21),
    )
    def test_number_in_one_notation_is_read(self, form):
        numbers = typed_fully(series(written(form)))
        assert numbers.to_list() == pytest.approx(AMOUNTS)

    @pytest.mark.parametrize(
        "form",
        ["({:.2f})", "{:.2f}-", "-{:.2f}", "−{:.2f}", "$-{:.2f}", "-${:.2f}", "($ {:.2f})"],
        ids=range(7),
    )
    def test_negative_numbers_of_accountants_and_hosts(self, form):
        numbers = typed_fully(series(written(form.format)))
        assert numbers.to_list() == pytest.approx([-amount for amount in AMOUNTS])

    def test_indian_groups(self):
        assert numbers_of(series(["1,23,456.5", "12,34,567"]), ".").to_list() == [123456.5, 1234567]

    @pytest.mark.parametrize(
        ("texts", "expected"),
        [
            (["1,234", "12,345", "23,456", "950"], [1234, 12345, 23456, 950]),
            (["1,234,567", "1,234"], [1234567, 1234]),
            (["$1,234", "$12,345"], [1234, 12345]),
            (["0,125", "1,234"], [0.125, 1.234]),
            (["1.234.567", "1.234"], [1234567, 1234]),
        ],
    )
    def test_groups_of_three_digits(self, texts, expected):
        assert typed_fully(series(texts)).to_list() == expected

    def test_points_of_thousands_are_no_decimals(self):
        """1.234 next to 950 is 1234: nobody writes 950 with fewer decimals than 1.234."""
        amounts = [950, *range(1000, 99_000, 977)]
        texts = series([swap(f"{amount:,}") for amount in amounts])
        assert typed(texts, comma_decimals=True).dtype == pl.String
        assert typed_fully(texts).to_list() == amounts
        ratios = series([f"{i / 1000:.3f}" for i in range(1, 999)])
        assert typed(ratios, comma_decimals=True).dtype == pl.Float64

    @pytest.mark.parametrize("value", ["007", "0123456", "12345678901234567890"])
    def test_codes_are_not_numbers(self, value):
        assert read_number_column(series([value, "1", "2"] * 90)) is None


class TestReasons:
    @pytest.mark.parametrize(
        ("texts", "reason"),
        [
            (["1,234", "12,345", "23,456"], "1,234 or 1.234?"),
            ([*written("{:,.2f}".format), *written(lambda x: swap(f"{x:,.2f}"))], "two notations"),
            ([*written("{:.1f}%".format), "12.5"], "a percent sign in 200 of 201 rows only"),
            ([*written("€{:.1f}".format), "$5.5"], "more than one currency"),
            ([*written("€{:.1f}".format), "5.5"], "a currency in 200 of 201 rows only"),
            (written("{:.2f} CR".format), "debits and credits"),
            (written("{:.1f}k".format), "a letter for thousands or millions"),
            ([f"{100 + i}{'ABC{}JKL'[i % 8]}" for i in range(ROWS)], "the sign of a host"),
            ([f"{i:09}{'+-'[i % 2]}" for i in range(ROWS)], "the sign after the number"),
            ([f'="{i}"' for i in range(ROWS)], "as Excel writes texts"),
            ([f"'{i}.5" for i in range(ROWS)], "as Excel writes texts"),
            ([f"{i} months" for i in range(ROWS)], "with the word 'months'"),
        ],
    )  # fmt: skip
    def test_is_exact(self, texts, reason):
        column = read_number_column(series(texts))
        assert column.reason.startswith("numbers written as text (")
        assert reason in column.reason

    @pytest.mark.parametrize(
        "cell", ["12O.5", "l250", "1.2.3", "12,5", "approx. 900", "see file", "=B2*3", "1e"]
    )
    def test_odd_cell_is_named_with_its_row_and_a_remedy(self, cell):
        column = read_number_column(with_cell(cell))
        assert column.reason.startswith(f"numbers but for 1 cell: {cell!r} in row 121. Correct")
        assert f'missing = ["{cell}"]' in column.reason

    def test_mark_that_is_not_known_is_named_with_its_count(self):
        cells = ["no bureau" if i % 5 == 2 else str(a) for i, a in enumerate(AMOUNTS)]
        assert "'no bureau' in row 3 and 39 more" in read_number_column(series(cells)).reason

    def test_only_a_few_odd_cells_are_shown(self):
        cells = [f"odd {i}" if i % 20 == 2 else str(a) for i, a in enumerate(AMOUNTS)]
        reason = read_number_column(series(cells)).reason
        assert "numbers but for 10 cells: 'odd 2' in row 3, " in reason
        assert ", and 7 other texts" in reason

    @pytest.mark.parametrize(
        "texts",
        [["0", "1", "2", "3+"] * 50, ["1+", "2+"], ["36 months"], ["own", "rent"], ["A12", "B7"]],
    )
    def test_levels_are_left_alone(self, texts):
        assert read_number_column(series(texts)) is None


class TestSchema:
    def inferred(self, texts):
        default = pl.Series([i % 3 == 0 for i in range(ROWS)])
        frame = pl.DataFrame({"default": default, "x": series(texts), "other": AMOUNTS})
        return infer_schema(frame, target="default", key=None)["x"]

    def test_says_how_a_file_writes_the_number(self):
        texts = [swap(f"{x:,.2f} €") for x in AMOUNTS[1:]]
        column = self.inferred(["NA", *texts])
        assert (column.dtype, column.decimal, column.unit) == ("float32", ",", "currency")
        assert (column.missing, column.nullable) == (("NA",), True)
        for note in ("1,5 is read as 1.5", "currency signs", "'NA' (1 row)", "thousands"):
            assert note in column.note

    def test_percent_is_the_number_before_the_sign(self):
        column = self.inferred([f"{x / 1000:.1f}%" for x in AMOUNTS])
        assert (column.unit, column.use) == ("percent", "input")
        assert column.maximum < 300
        assert "12% is read as 12" in column.note
