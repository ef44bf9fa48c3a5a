"""The schema inferred: what a credit data scientist would say of each column; of what stays out, no value."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from credit_scoring.errors import TableError
from credit_scoring.flat_table.infer_schema import infer
from credit_scoring.flat_table.leakage import single_column_auc
from credit_scoring.flat_table.name_hints import sensitive_use, speaks_of_a_person, words_of

ROWS = 400
RNG = np.random.default_rng(5)
BAD = (RNG.random(ROWS) < 0.3).astype(int)
NOISE = RNG.random(ROWS)


def column(values, name="x"):
    """What is inferred of one column of `ROWS` values, beside a harmless one."""
    frame = pl.DataFrame({"target": BAD, "harmless": NOISE, name: values})
    return infer(frame, target="target", key=None)[name]


def drawn(*values, p=None):
    return RNG.choice(np.array(values), ROWS, p=p)


def some_missing(values, share=0.2):
    return [
        None if missing else value
        for missing, value in zip(RNG.random(ROWS) < share, values, strict=True)
    ]


class TestNumbers:
    def test_have_the_range_seen_widened_by_its_width_but_not_across_zero(self):
        """10 to 40 becomes 0 (not -20) to 70; -40 to -10 becomes -70 to 0; -10 to 20 becomes -40 to 50."""
        for low, high, expected in (
            (10, 40, (0, 70)),
            (-40, -10, (-70, 0)),
            (-10, 20, (-40, 50)),
            (100, 110, (90, 120)),
        ):
            found = column(np.linspace(low, high, ROWS))
            assert (found.minimum, found.maximum) == expected
            assert (found.dtype, found.nullable, found.use) == ("float32", False, "input")

    def test_bounds_are_round_numbers(self):
        found = column(np.linspace(1234.567, 98765.4321, ROWS))
        assert (found.minimum, found.maximum) == (0, 200_000)

    @pytest.mark.parametrize("values", [drawn(0, 1), drawn(0.0, 1.0), drawn(True, False)])
    def test_flags_are_whole_and_0_or_1(self, values):
        found = column(values)
        assert (found.dtype, found.minimum, found.maximum) == ("int32", 0, 1)

    def test_few_integers_are_whole_many_are_amounts(self):
        assert column(drawn(*range(12))).dtype == "int32"
        assert column(RNG.integers(900, 90_000, ROWS)).dtype == "float32"

    def test_may_be_missing_where_some_are(self):
        assert column(some_missing(NOISE)).nullable
        assert not column(NOISE).nullable

    def test_amounts_that_all_differ_are_no_identifier_in_a_small_table(self):
        amounts = RNG.permutation(np.arange(ROWS) * 97 + RNG.integers(0, 97, ROWS)) + 1000
        assert column(amounts, "income").use == "input"


class TestSentinels:
    @pytest.mark.parametrize("mark", [-999, 999_999, 365_243, -9999, 99_999])
    def test_a_number_far_from_all_others_is_read_as_missing_and_told(self, mark):
        found = column(np.where(RNG.random(ROWS) < 0.05, mark, RNG.integers(300, 850, ROWS)))
        assert found.sentinel == mark
        assert found.nullable
        assert (found.minimum, found.maximum) == (0, 1400)
        assert f"{mark} (" in found.note
        assert "lies far from the rest" in found.note

    def test_one_near_the_others_is_only_a_question(self):
        found = column(np.where(RNG.random(ROWS) < 0.05, 9999, RNG.integers(10, 9000, ROWS)))
        assert found.sentinel is None
        assert "9999 at the edge of the range: a number, or a mark for missing?" in found.note

    def test_minus_one_alone_below_zero_is_only_a_question(self):
        found = column(np.where(RNG.random(ROWS) < 0.05, -1, RNG.integers(10, 9000, ROWS)))
        assert found.sentinel is None
        assert "set sentinel = -1" in found.note

    def test_a_single_large_amount_is_none(self):
        assert column([99_999, *RNG.integers(10, 900, ROWS - 1)]).sentinel is None


class TestCategories:
    def test_have_the_levels_as_they_stand(self):
        levels = ("Crédit auto", " 36 mois, renouvelé", "études", 'un "prêt"')
        found = column(drawn(*levels))
        assert (found.dtype, found.levels, found.nullable) == (
            "category",
            tuple(sorted(levels)),
            False,
        )

    def test_texts_for_no_value_are_missing_and_told(self):
        found = column(drawn("A", "B", "NA", " ? ", ""))
        assert (found.levels, found.nullable, set(found.missing)) == (
            ("A", "B"),
            True,
            {"NA", " ? ", ""},
        )
        assert "read as missing: '', ' ? ', 'NA'" in found.note

    def test_levels_that_differ_by_case_are_told(self):
        assert "differ only by case" in column(drawn("Own", "own", "rent")).note

    def test_whole_numbers_named_as_codes_are_a_question(self):
        assert "if they are codes" in column(drawn(1, 2, 3, 4), "region_code").note
        assert not column(drawn(0, 1, 2, 3), "children").note

    def test_a_level_or_nothing_is_an_input(self):
        found = column(some_missing(["Y"] * ROWS))
        assert (found.use, found.levels, found.nullable) == ("input", ("Y",), True)

    @pytest.mark.parametrize("dtype", [pl.Categorical, pl.Enum(["A", "B"])])
    def test_parquet_s_own_categories(self, dtype):
        assert column(pl.Series(drawn("A", "B")).cast(dtype)).levels == ("A", "B")


class TestExcluded:
    @pytest.mark.parametrize(
        ("name", "values", "note"),
        [
            ("x", [None] * ROWS, "empty"),
            ("x", [7] * ROWS, "the same value everywhere"),
            ("x", ["Y"] * ROWS, "the same value everywhere"),
            ("x", list(range(1000, 1000 + ROWS)), "every value is different: most likely an identifier"),
            ("loan_no", RNG.choice(10**8, ROWS, replace=False), "identifier"),
            ("x", [f"L-{i}" for i in range(ROWS)], "400 different texts in 400 rows: an identifier, a"),
            ("x", [f"level {i % 150}" for i in range(ROWS)], "150 levels are many: group them to 100 or fewer"),
            ("x", [f"20{i % 20:02}-01-31" for i in range(ROWS)], "a date: turn it into days before the application"),
            ("x", [f"{i % 28 + 1}/02/2024 10:00" for i in range(ROWS)], "a date"),
            ("x", drawn("Dec-2011", "Jan-2012"), "a date"),
            ("x", drawn("12 déc. 2011", "3 août 2012"), "a date"),
            ("x", drawn(20240131, 20231201, 19991231), "a date"),
            ("x", [date(2024, 1, 1 + i % 28) for i in range(ROWS)], "a date"),
            ("x", [f"{i} 234,5" for i in range(ROWS)], "numbers written as text"),
            ("x", drawn("12%", "3.5%"), "numbers written as text"),
            ("x", [f"€ {i}.00" for i in range(ROWS)], "numbers written as text"),
            ("x", [str(i % 150) for i in range(ROWS)], "numbers written as text"),
            ("email", [f"p{i % 90}@example.org" for i in range(ROWS)], "personal data, to judge by its name"),
            ("Nom", [f"Martin {i % 90}" for i in range(ROWS)], "personal data"),
            ("x", [[1, 2]] * ROWS, "nested or binary values"),
            ("x", BAD, r"a likely leak: it ranks the target by itself (AUC 1.000)"),
            ("x", 1 - BAD * RNG.random(ROWS), "a likely leak"),
            ("x", [None if bad else 1.0 + i for i, bad in enumerate(BAD)], "a likely leak"),
            ("x", [f"paid {i % 2}" if bad else None for i, bad in enumerate(BAD)], "a likely leak"),
            ("x", np.where(BAD, drawn(3, 7), drawn(1, 5, 9)), "a likely leak"),
            ("x", np.where(BAD, drawn("charged off", "late"), "fine"), "a likely leak"),
        ],
    )  # fmt: skip
    def test_says_why_and_holds_no_value(self, name, values, note):
        found = column(values, name)
        assert found.use == "excluded", found
        assert note in found.note
        assert (found.levels, found.missing, found.minimum, found.maximum, found.sentinel) == (
            (),
            (),
            None,
            None,
            None,
        )
        assert not any(
            text in found.note for text in ("L-1", "example.org", "Martin", "234,5", "20240131")
        )

    def test_two_digit_codes_are_categories(self):
        assert column([f"{i % 60:02}" for i in range(ROWS)]).use == "input"

    def test_what_ranks_the_target_well_is_a_question(self):
        found = column(BAD + RNG.normal(0, 0.4, ROWS))
        assert found.use == "input"
        assert "ranks the target well by itself (AUC 0.9" in found.note


class TestAucAlone:
    def test_of_noise_is_about_a_half(self):
        for noise in (
            pl.Series(NOISE),
            pl.Series(drawn("a", "b", "c")),
            pl.Series([f"l{i % 90}" for i in range(ROWS)]),
        ):
            assert 0.5 <= single_column_auc(noise, BAD) < 0.62

    def test_a_target_in_turns_does_not_make_a_constant_a_leak(self):
        assert single_column_auc(pl.Series(drawn("a", "b")), np.arange(ROWS) % 2) < 0.62


class TestUses:
    def test_of_target_and_key(self):
        frame = pl.DataFrame({"loan": [f"L{i}" for i in range(ROWS)], "bad": BAD, "x": NOISE})
        table = infer(frame, target="bad", key="loan")
        assert [column.use for column in table.columns] == ["key", "target", "input"]
        assert table.unique == ("loan",)
        assert table["loan"].levels == ()

    @pytest.mark.parametrize(
        ("name", "use"),
        [
            ("sex", "prohibited"), ("Sexe", "prohibited"), ("CODE_GENDER", "prohibited"), ("race", "prohibited"),
            ("maritalStatus", "prohibited"),
            ("situation_familiale", "prohibited"), ("état civil", "prohibited"), ("Nationalité", "prohibited"),
            ("ethnicity", "prohibited"), ("religion", "prohibited"), ("disability", "prohibited"),
            ("personal_status_sex", "prohibited"), ("foreign_worker", "prohibited"),
            ("lieu de naissance", "prohibited"),
            ("age", "restricted"), ("Âge", "restricted"), ("age_years", "restricted"), ("date_naissance", "restricted"),
            ("DAYS_BIRTH", "restricted"), ("dob", "restricted"), ("birthYear", "restricted"),
            ("mortgage", None), ("average_balance", None), ("car_age", None), ("age_of_oldest_account", None),
            ("trace", None), ("Essex", None), ("family_members", None), ("car_colour", None), ("package", None),
        ],
    )  # fmt: skip
    def test_sensitive_attributes_are_known_by_name_in_english_and_french(self, name, use):
        assert sensitive_use(name) == use
        found = column(drawn("a", "b"), name)
        assert found.use == (use or "input")
        assert (f"--allow {name}" in found.note) == (use is not None)

    def test_words_of_a_name(self):
        assert words_of("dateNaissance") == ["date", "naissance"]
        assert words_of("Âge_du-prêt 2") == ["age", "du", "pret"]

    def test_a_product_s_name_is_nobody_s(self):
        assert not speaks_of_a_person("product_name")
        assert not speaks_of_a_person("NAME_CONTRACT_TYPE")
        assert speaks_of_a_person("Customer Name")


class TestRefused:
    def test_nothing_left_to_learn_from(self):
        frame = pl.DataFrame({"bad": [0, 1] * 50, "a": [1] * 100, "sex": ["f", "m"] * 50})
        with pytest.raises(
            TableError, match="no column is left to learn from: a: the same value everywhere; sex: "
        ):
            infer(frame, target="bad", key=None)

    @pytest.mark.parametrize(
        ("key", "message"),
        [
            ("loan_di", r"no column loan_di \(did you mean loan_id\?\): name the identifier"),
            ("bad", "bad cannot be both target and identifier"),
        ],
    )
    def test_a_key_that_is_none(self, key, message):
        with pytest.raises(TableError, match=message):
            infer(pl.DataFrame({"loan_id": [1, 2], "bad": [0, 1]}), target="bad", key=key)
