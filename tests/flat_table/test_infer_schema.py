"""The inferred schema: types, ranges, levels and notes; excluded columns without their values."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from credit_scoring.errors import TableError
from credit_scoring.flat_table.infer_schema import infer_schema
from credit_scoring.flat_table.leakage import single_column_auc
from credit_scoring.flat_table.name_hints import split_words

ROWS = 400
RNG = np.random.default_rng(5)
BAD = (RNG.random(ROWS) < 0.3).astype(int)
NOISE = RNG.random(ROWS)
IDENTIFIER = "every value is different: most likely an identifier"
FREE_TEXT = "400 different texts in 400 rows: an identifier, a"
MANY_LEVELS = "150 levels are many: group them to 100 or fewer"
DATE = (
    "a date: turn it into days before the application; if the loan was applied for then, "
    'set use = "time"'
)
PERSONAL_DATA = "personal data, according to its name"


def column(values, name="x"):
    """The column inferred from `ROWS` values, in a table with a harmless one."""
    frame = pl.DataFrame({"target": BAD, "harmless": NOISE, name: values})
    return infer_schema(frame, target="target", key=None)[name]


def drawn(*values, p=None):
    return RNG.choice(np.array(values), ROWS, p=p)


def some_missing(values, share=0.2):
    return [
        None if missing else value
        for missing, value in zip(RNG.random(ROWS) < share, values, strict=True)
    ]


class TestNumbers:
    def test_range_is_widened_but_not_across_zero(self):
        """10 to 40 becomes 0 (not -20) to 70."""
        for low, high, expected in (
            (10, 40, (0, 70)),
            (-40, -10, (-70, 0)),
            (-10, 20, (-40, 50)),
            (100, 110, (90, 120)),
        ):
            inferred = column(np.linspace(low, high, ROWS))
            assert (inferred.minimum, inferred.maximum) == expected
            assert (inferred.dtype, inferred.nullable, inferred.use) == ("float32", False, "input")

    def test_bounds_are_round_numbers(self):
        inferred = column(np.linspace(1234.567, 98765.4321, ROWS))
        assert (inferred.minimum, inferred.maximum) == (0, 200_000)

    @pytest.mark.parametrize("values", [drawn(0, 1), drawn(0.0, 1.0), drawn(True, False)])
    def test_flags_are_whole_numbers_0_and_1(self, values):
        inferred = column(values)
        assert (inferred.dtype, inferred.minimum, inferred.maximum) == ("int32", 0, 1)

    def test_few_integers_are_whole_numbers_many_are_amounts(self):
        assert column(drawn(*range(12))).dtype == "int32"
        assert column(RNG.integers(900, 90_000, ROWS)).dtype == "float32"

    def test_are_nullable_if_some_are_missing(self):
        assert column(some_missing(NOISE)).nullable
        assert not column(NOISE).nullable

    def test_distinct_amounts_are_not_an_identifier(self):
        amounts = RNG.permutation(np.arange(ROWS) * 97 + RNG.integers(0, 97, ROWS)) + 1000
        assert column(amounts, "income").use == "input"


class TestSentinels:
    @pytest.mark.parametrize("mark", [-999, 999_999, 365_243, -9999, 99_999])
    def test_distant_number_is_read_as_missing(self, mark):
        inferred = column(np.where(RNG.random(ROWS) < 0.05, mark, RNG.integers(300, 850, ROWS)))
        assert inferred.sentinel == mark
        assert inferred.nullable
        assert (inferred.minimum, inferred.maximum) == (0, 1400)
        assert f"{mark} (" in inferred.note
        assert "lies far from the rest" in inferred.note

    def test_number_near_the_others_gets_a_note(self):
        inferred = column(np.where(RNG.random(ROWS) < 0.05, 9999, RNG.integers(10, 9000, ROWS)))
        assert inferred.sentinel is None
        assert "9999 at the edge of the range: a number, or a mark for missing?" in inferred.note

    def test_minus_one_as_only_negative_gets_a_note(self):
        inferred = column(np.where(RNG.random(ROWS) < 0.05, -1, RNG.integers(10, 9000, ROWS)))
        assert inferred.sentinel is None
        assert "set sentinel = -1" in inferred.note

    def test_single_large_amount_is_not_a_sentinel(self):
        assert column([99_999, *RNG.integers(10, 900, ROWS - 1)]).sentinel is None


class TestCategories:
    def test_levels_are_unchanged(self):
        levels = ("Crédit auto", " 36 mois, renouvelé", "études", 'un "prêt"')
        inferred = column(drawn(*levels))
        assert (inferred.dtype, inferred.levels, inferred.nullable) == (
            "category",
            tuple(sorted(levels)),
            False,
        )

    def test_texts_for_no_value_are_missing(self):
        inferred = column(drawn("A", "B", "NA", " ? ", ""))
        assert (inferred.levels, inferred.nullable, set(inferred.missing)) == (
            ("A", "B"),
            True,
            {"NA", " ? ", ""},
        )
        assert "read as missing: '', ' ? ', 'NA'" in inferred.note

    def test_levels_that_differ_by_case_get_a_note(self):
        assert "differ only by case" in column(drawn("Own", "own", "rent")).note

    def test_whole_numbers_named_like_codes_get_a_note(self):
        assert "if they are codes" in column(drawn(1, 2, 3, 4), "region_code").note
        assert not column(drawn(0, 1, 2, 3), "children").note

    def test_one_level_or_missing_is_an_input(self):
        inferred = column(some_missing(["Y"] * ROWS))
        assert (inferred.use, inferred.levels, inferred.nullable) == ("input", ("Y",), True)

    @pytest.mark.parametrize("dtype", [pl.Categorical, pl.Enum(["A", "B"])])
    def test_parquet_categories_keep_their_levels(self, dtype):
        assert column(pl.Series(drawn("A", "B")).cast(dtype)).levels == ("A", "B")


class TestExcluded:
    @pytest.mark.parametrize(
        ("name", "values", "note"),
        [
            ("x", [None] * ROWS, "empty"),
            ("x", [7] * ROWS, "the same value everywhere"),
            ("x", ["Y"] * ROWS, "the same value everywhere"),
            ("x", list(range(1000, 1000 + ROWS)), IDENTIFIER),
            ("loan_no", RNG.choice(10**8, ROWS, replace=False), "identifier"),
            ("x", [f"L-{i}" for i in range(ROWS)], FREE_TEXT),
            ("x", [f"level {i % 150}" for i in range(ROWS)], MANY_LEVELS),
            ("x", [f"20{i % 20:02}-01-31" for i in range(ROWS)], DATE),
            ("x", [201501 + i % 12 for i in range(ROWS)], DATE),
            ("x", [f"{i % 28 + 1}/02/2024 10:00" for i in range(ROWS)], "a date"),
            ("x", drawn("Dec-2011", "Jan-2012"), "a date"),
            ("x", drawn("12 déc. 2011", "3 août 2012"), "a date"),
            ("x", drawn(20240131, 20231201, 19991231), "a date"),
            ("x", [date(2024, 1, 1 + i % 28) for i in range(ROWS)], "a date"),
            ("email", [f"p{i % 90}@example.org" for i in range(ROWS)], PERSONAL_DATA),
            ("Nom", [f"Martin {i % 90}" for i in range(ROWS)], "personal data"),
            ("x", [[1, 2]] * ROWS, "nested or binary values"),
            ("x", BAD, r"a likely leak: it alone ranks the target (AUC 1.000)"),
            ("x", 1 - BAD * RNG.random(ROWS), "a likely leak"),
            ("x", [None if bad else 1.0 + i for i, bad in enumerate(BAD)], "a likely leak"),
            ("x", [f"paid {i % 2}" if bad else None for i, bad in enumerate(BAD)], "a likely leak"),
            ("x", np.where(BAD, drawn(3, 7), drawn(1, 5, 9)), "a likely leak"),
            ("x", np.where(BAD, drawn("charged off", "late"), "fine"), "a likely leak"),
        ],
    )  # fmt: skip
    def test_reason_is_noted_without_any_value(self, name, values, note):
        inferred = column(values, name)
        assert inferred.use == "excluded", inferred
        assert note in inferred.note
        assert (
            inferred.levels,
            inferred.missing,
            inferred.minimum,
            inferred.maximum,
            inferred.sentinel,
        ) == ((), (), None, None, None)
        assert not any(
            text in inferred.note for text in ("L-1", "example.org", "Martin", "234,5", "20240131")
        )

    def test_two_digit_codes_are_categories(self):
        assert column([f"{i % 60:02}" for i in range(ROWS)]).use == "input"

    def test_column_that_ranks_the_target_well_gets_a_note(self):
        inferred = column(BAD + RNG.normal(0, 0.4, ROWS))
        assert inferred.use == "input"
        assert "it alone ranks the target well (AUC 0.9" in inferred.note


class TestSingleColumnAuc:
    def test_noise_has_about_one_half(self):
        for noise in (
            pl.Series(NOISE),
            pl.Series(drawn("a", "b", "c")),
            pl.Series([f"l{i % 90}" for i in range(ROWS)]),
        ):
            assert 0.5 <= single_column_auc(noise, BAD) < 0.62

    def test_alternating_target_does_not_make_noise_a_leak(self):
        assert single_column_auc(pl.Series(drawn("a", "b")), np.arange(ROWS) % 2) < 0.62


class TestUses:
    def test_target_and_key_have_their_uses(self):
        frame = pl.DataFrame({"loan": [f"L{i}" for i in range(ROWS)], "bad": BAD, "x": NOISE})
        table = infer_schema(frame, target="bad", key="loan")
        assert [column.use for column in table.columns] == ["key", "target", "input"]
        assert table.unique == ("loan",)
        assert table["loan"].levels == ()

    @pytest.mark.parametrize(
        ("name", "values", "use", "evidence"),
        [
            ("MARRIAGE", (1, 2, 3), "prohibited", "name"),
            ("x", ("M", "F"), "prohibited", "levels"),
            ("age", (20, 30, 40), "restricted", "name"),
        ],
    )
    def test_protected_attribute_is_no_input(self, name, values, use, evidence):
        inferred = column(drawn(*values), name)
        assert inferred.use == use
        assert inferred.note.startswith(f"{use} by credit law, according to its {evidence}: ")
        assert f"--allow {name}" in inferred.note

    def test_a_name_is_split_into_words(self):
        assert split_words("dateNaissance") == ["date", "naissance"]
        assert split_words("Âge_du-prêt 2") == ["age", "du", "pret"]


class TestRefused:
    def test_table_without_inputs(self):
        frame = pl.DataFrame({"bad": [0, 1] * 50, "a": [1] * 100, "sex": ["f", "m"] * 50})
        with pytest.raises(
            TableError, match="no column is left to learn from: a: the same value everywhere; sex: "
        ):
            infer_schema(frame, target="bad", key=None)

    @pytest.mark.parametrize(
        ("key", "message"),
        [
            (
                "loan_di",
                r"no column loan_di \(did you mean loan_id\?\): name the identifier with --id",
            ),
            ("bad", "bad cannot be both target and identifier"),
        ],
    )
    def test_invalid_key(self, key, message):
        with pytest.raises(TableError, match=message):
            infer_schema(pl.DataFrame({"loan_id": [1, 2], "bad": [0, 1]}), target="bad", key=key)
