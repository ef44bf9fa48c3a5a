"""The target of a lender's table: in numbers and words, its shares, and doubts about it."""

from decimal import Decimal

import polars as pl
import pytest

from credit_scoring.errors import SettingError, TableError
from credit_scoring.flat_table.infer_schema import infer_schema
from credit_scoring.flat_table.schema_file import read_schema, require_same_roles, write_schema
from credit_scoring.flat_table.target import (
    TargetValues,
    infer_target,
    read_outcomes,
    target_values,
)
from credit_scoring.flat_table.target_notes import means_good, target_shares, target_warnings


class TestWithoutNamedValues:
    @pytest.mark.parametrize(
        "values",
        [
            [0, 1, 1],
            [0.0, 1.0, 1.0],
            [False, True, True],
            ["0", "1", "1"],
            ["no", "yes", "YES"],
            ["N", "Y", "y"],
            ["Non", "Oui", "oui"],
            [Decimal("0.00"), Decimal("1.00"), Decimal(1)],
            ["No", " Yes", "yes"],
            ["false", "True", "TRUE"],
        ],
    )
    def test_every_notation_is_read(self, values):
        target = target_values(pl.DataFrame({"bad": values}), "bad")
        assert (target.name, target.dtype, target.to_list()) == ("bad", pl.Int8, [0, 1, 1])

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            (
                [0, 1, 2, 2],
                (
                    r"bad holds '2' \(2 rows\), '0' \(1 rows\), '1' \(1 rows\): expected a 0 or 1, "
                    r"no or yes"
                ),
            ),
            ([0, 1, None], r"bad holds .*no value \(1 rows\)"),
            (
                [0, 0, 0],
                r"bad holds '0' \(3 rows\): expected .*both of them; 1, yes or true is a default",
            ),
            ([0.5, 1.0], r"bad holds '0\.5' \(1 rows\)"),
            (["yes", "0"], r"bad holds '0' \(1 rows\), 'yes' \(1 rows\)"),
            (
                [f"v{i:02}" for i in range(30)],
                r"bad holds 'v00' \(1 rows\), .*'v09' \(1 rows\), 20 other values",
            ),
            ([None, None], r"bad holds no value \(2 rows\)"),
            ([1, 2], r"bad holds '1' \(1 rows\), '2'"),
        ],
    )
    def test_other_values_are_refused_and_shown(self, values, message):
        with pytest.raises(TableError, match=message):
            target_values(pl.DataFrame({"bad": values}, strict=False), "bad")

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            (
                "Default",
                r"no column Default \(did you mean default\?\): name the target with --target",
            ),
            ("zzz", r"no column zzz \(it has 'default', 'x'\): name the target"),
        ],
    )
    def test_missing_column_has_a_hint(self, name, message):
        with pytest.raises(TableError, match=message):
            target_values(pl.DataFrame({"default": [0, 1], "x": [1, 2]}), name)


def loans(*values):
    """A table of 200 loans whose target repeats the values."""
    rows = [values[i % len(values)] for i in range(200)]
    return pl.DataFrame({"status": rows, "amount": [i % 71 for i in range(200)]})


class TestNamedValues:
    @pytest.mark.parametrize(
        ("values", "default", "outcome"),
        [
            (["Fully Paid", "Charged Off"], ["Charged Off"], [0, 1]),
            (["Current", "Default", "Charged Off"], ["charged off", "Default"], [0, 1, 1]),
            (["good", "bad"], ["bad"], [0, 1]),
            (["good ", " BAD", "bad"], ["bad"], [0, 1, 1]),
            (["remboursé", "impayé"], ["impayé"], [0, 1]),
            (["paid", "default"], ["default"], [0, 1]),
            ([1, 2], ["2"], [0, 1]),
            ([1.0, 2.0], ["2"], [0, 1]),
            (["1", "2"], ["2.0"], [0, 1]),
            ([Decimal(1), Decimal(2)], ["2"], [0, 1]),
            ([-1, 1], ["-1"], [1, 0]),
            ([0, 1], ["0"], [1, 0]),
            ([True, False], ["false"], [0, 1]),
            (["Y", "N"], ["N"], [0, 1]),
        ],
        ids=str,
    )
    def test_the_named_values_mean_default(self, values, default, outcome):
        frame = pl.DataFrame({"status": values})
        target = infer_target(frame, "status", default)
        assert read_outcomes(frame["status"], target).to_list() == outcome

    @pytest.mark.parametrize(
        ("values", "default", "message"),
        [
            (
                ["a", "b"],
                ["c"],
                r"--target-default 'c' is not among the values of status .*holds 'a'",
            ),
            (["good", "bad"], ["Badd"], r"not among the values of status \(did you mean bad\?\)"),
            (["a", "b"], ["a", "b"], r"so all loans default: name only the values"),
            (["a", "b", None], ["a"], r"status has no value in 1 rows: leave out the loans"),
            (["a", "b", "NA"], ["a"], r"status has no value in 1 rows: leave out the loans"),
            (["good", "bad"], [], r'which value means default\? .*--target-default "bad"'),
            (["Paid", "Charged Off"], [], r'--target-default "Charged Off"'),
            (
                [1, 2],
                [],
                r"holds '1' \(1 rows\), '2' \(1 rows\): which value .*--target-default VALUE",
            ),
        ],
        ids=str,
    )
    def test_refusals_name_the_values_and_the_option(self, values, default, message):
        with pytest.raises(TableError, match=message):
            infer_target(pl.DataFrame({"status": values}), "status", default)

    def test_a_table_for_evaluation_may_lack_one_of_the_values(self):
        target = TargetValues(("A", "B", "C"), ("B", "C"))
        assert read_outcomes(pl.Series("status", ["A", "B"]), target).to_list() == [0, 1]

    def test_a_value_that_training_did_not_have_is_refused(self):
        with pytest.raises(TableError, match="status is 'D' in 1 rows: expected one of 'A', 'B'"):
            read_outcomes(pl.Series("status", ["A", "B", "D"]), TargetValues(("A", "B"), ("B",)))

    def test_the_schema_file_keeps_them(self, tmp_path):
        table = infer_schema(
            loans("Paid", "Lost"), target="status", key=None, target_default=["Lost"]
        )
        write_schema(tmp_path / "s.toml", table)
        stored = read_schema(tmp_path / "s.toml")
        assert (stored.target.levels, stored.target.default_values) == (("Lost", "Paid"), ("Lost",))
        roles = {"target": None, "key": None}
        require_same_roles(stored, tmp_path / "s.toml", **roles, target_default=["Lost"])
        with pytest.raises(SettingError, match=r"--target-default is Paid, and .* says Lost: edit"):
            require_same_roles(stored, tmp_path / "s.toml", **roles, target_default=["Paid"])

    def test_a_default_that_is_no_level_is_a_mistake_of_the_file(self, tmp_path):
        path = tmp_path / "s.toml"
        path.write_text(
            '[columns.x]\ndtype = "float32"\n[columns.status]\nuse = "target"\n'
            'levels = ["Lost", "Paid"]\ndefault = ["lost"]\n'
        )
        with pytest.raises(TableError, match=r"default has 'lost' \(did you mean Lost\?\)"):
            read_schema(path)


class TestNotes:
    def test_shares_of_numbers_and_words(self):
        table = infer_schema(loans(0, 0, 0, 1), target="status", key=None)
        assert target_shares(loans(0, 0, 0, 1)["status"], table.target) == (
            "Target status: default is '1' (50 rows, 25.0%); no default is '0' (150 rows, 75.0%)."
        )
        frame = loans("Paid", "Paid", "Late", "Lost")
        table = infer_schema(frame, target="status", key=None, target_default=["Lost", "Late"])
        assert target_shares(frame["status"], table.target) == (
            "Target status: default is 'Late' (50 rows, 25.0%), 'Lost' (50 rows, 25.0%); "
            "no default is 'Paid' (100 rows, 50.0%)."
        )

    def test_a_rate_above_one_half_is_questioned(self):
        frame = loans("No", "Yes", "Yes")
        table = infer_schema(frame, target="status", key=None)
        (warning,) = target_warnings(frame["status"], table.target)
        assert "66.5% of the loans default: more than half" in warning
        assert warning.endswith('--target-default "No".')

    def test_a_name_that_means_the_opposite_is_questioned(self):
        frame = loans(0, 0, 1).rename({"status": "approved"})
        table = infer_schema(frame, target="approved", key=None)
        (warning,) = target_warnings(frame["approved"], table.target)
        assert "the target is approved, which sounds like a loan that went well" in warning
        assert warning.endswith('--target-default "0".')

    def test_a_plain_target_has_no_warning(self):
        table = infer_schema(loans(0, 0, 1), target="status", key=None)
        assert target_warnings(loans(0, 0, 1)["status"], table.target) == []

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            *(
                (name, True)
                for name in (
                    "good", "is_good", "approved", "loan_approved", "Accepted", "repaid",
                    "fully_paid", "paid_back", "remboursé", "no_default", "non_défaut",
                    "accordé", "performing", "creditworthy", "PaidOnTime",
                )
            ),
            *(
                (name, False)
                for name in (
                    "default", "bad", "bad_good", "target", "TARGET", "loan_status", "not_repaid",
                    "never_paid", "non_performing", "unpaid", "charged_off", "SeriousDlqin2yrs",
                    "goods_financed", "bonus", "défaut", "late_payment",
                )
            ),
        ],
    )  # fmt: skip
    def test_names_that_mean_good(self, name, expected):
        assert means_good(name) == expected
