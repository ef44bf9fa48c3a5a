"""All tables together: repeated keys, orphans, and every problem in one error."""

import re

import pytest

from credit_scoring.tables.table_set import open_table_set
from tests.tables.spoiled_tables import parse_rows, refusal, without_column


def renamed(old, new):
    return lambda rows: [[new if name == old else name for name in rows[0]], *rows[1:]]


CASES = {
    "a repeated applicant": (
        lambda s: s.rewrite(lambda rows: [*rows, rows[1]]),
        (
            r"_train\.csv: SK_ID_CURR: 1 row repeats the key of another, such as SK_ID_CURR \d+: "
            r"expected one row per key: leave out the copies$"
        ),
    ),
    "repeated months": (
        lambda s: s.rewrite(lambda rows: [*rows, rows[1], rows[2]], "bureau_balance"),
        (
            r"bureau_balance\.csv: SK_ID_BUREAU and MONTHS_BALANCE: 2 rows repeat the key of "
            r"another, "
            r"such as SK_ID_BUREAU \d+ and MONTHS_BALANCE -?\d+: expected one row per key"
        ),
    ),
    "history of an unknown applicant": (
        lambda s: s.put("SK_ID_CURR", "999999", rows=(1, 2), stem="bureau"),
        (
            r"bureau\.csv: SK_ID_CURR: 2 rows belong to no row of .*application_train\.csv or "
            r".*application_test\.csv, "
            r"such as SK_ID_CURR 999999: leave those rows out, or add the rows they belong to$"
        ),
    ),
    "balances of another data set": (
        lambda s: s.rewrite(
            lambda rows: [rows[0], *([str(int(row[0]) + 10**8), *row[1:]] for row in rows[1:])],
            "bureau_balance",
        ),
        (
            r"bureau_balance\.csv: SK_ID_BUREAU: [\d,]+ rows belong to no row of .*bureau\.csv, "
            r"such as SK_ID_BUREAU 1"
        ),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_repeated_keys_and_orphans_are_named_in_one_line(case, spoiled):
    spoil, message = CASES[case]
    spoil(spoiled)
    text = refusal(spoiled.folder)
    assert re.search(message, text), text
    assert "\n" not in text
    assert "polars" not in text.lower()


@pytest.mark.parametrize("case", ["a repeated applicant", "history of an unknown applicant"])
def test_messages_do_not_change_with_a_cache(case, spoiled, tmp_path):
    CASES[case][0](spoiled)
    texts = {refusal(spoiled.folder, cache=tmp_path / "cache") for _ in range(2)}
    assert texts == {refusal(spoiled.folder)}


class TestAllProblems:
    def test_every_problem_of_every_file_is_one_error(self, spoiled):
        spoiled.put("AMT_CREDIT", "much")
        spoiled.put("NAME_CONTRACT_TYPE", "Barter", rows=(2,))
        spoiled.rewrite(without_column("FLAG_MOBIL"))
        spoiled.rewrite(renamed("CREDIT_TYPE", "CREDIT_TIPE"), "bureau")
        spoiled.put("MONTHS_BALANCE", "1", stem="bureau_balance")
        (spoiled.folder / "previous_application.parquet").write_bytes(b"PAR1")
        (spoiled.folder / "installments_payments.csv").write_text("")
        first_line, *lines = refusal(spoiled.folder).split("\n")
        assert first_line == f"8 things are wrong with {spoiled.folder}:"
        for text in (
            'AMT_CREDIT: 1 value is not a number, "much"',
            '"Barter" in row 2',
            "it does not have FLAG_MOBIL",
            "it does not have CREDIT_TYPE",
            '"CREDIT_TIPE" (did you mean CREDIT_TYPE?)',
            "MONTHS_BALANCE: 1 value is out of",
            "previous_application.parquet: it cannot be used",
            "installments_payments.csv: it is empty",
        ):
            assert any(text in line for line in lines)
        assert all(line.startswith(f"- {spoiled.folder}/") for line in lines)

    def test_a_single_invalid_value_gives_one_line(self, spoiled):
        spoiled.put("AMT_CREDIT", "much")
        assert "\n" not in refusal(spoiled.folder)


class TestOrphans:
    def test_are_only_counted_without_one_application_file(self, spoiled):
        spoiled.file("application_test").unlink()
        tables = open_table_set(spoiled.folder, checked=True)
        assert tables.problems == []
        assert tables.orphans["bureau"] > 0

    def test_histories_of_test_applicants_are_not_orphans(self, clean):
        assert open_table_set(clean, checked=True).orphans == {"bureau": 0, "bureau_balance": 0}

    def test_balances_without_their_credit_are_only_counted(self, spoiled):
        spoiled.put("SK_ID_BUREAU", "999", stem="bureau_balance")
        tables = open_table_set(spoiled.folder, checked=True)
        assert (tables.problems, tables.orphans["bureau_balance"]) == ([], 1)

    def test_a_table_of_orphans_only_is_refused(self, spoiled):
        spoiled.file("application_test").unlink()
        spoiled.put(
            "SK_ID_CURR",
            "7",
            rows=range(1, len(parse_rows(spoiled.file("bureau").read_text()))),
            stem="bureau",
        )
        assert re.search(
            r"bureau\.csv: SK_ID_CURR: \d+ rows belong to no row of .*_train\.csv",
            refusal(spoiled.folder),
        )


def test_reading_does_not_change_the_files(spoiled):
    spoiled.put("AMT_CREDIT", "much")
    before = {path: path.read_bytes() for path in spoiled.folder.iterdir()}
    refusal(spoiled.folder)
    assert {path: path.read_bytes() for path in spoiled.folder.iterdir()} == before
