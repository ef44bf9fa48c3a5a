"""Bad files: one error that says file, column, how many, an example, what was expected, and what helps."""

import re
import zipfile
from pathlib import Path

import polars as pl
import pytest

from credit_scoring.errors import TableError
from credit_scoring.tables import source_files
from credit_scoring.tables.read_tables import open_table_set, read_tables
from tests.tables.written import KEPT, Spoiled, rows_of, text_of

TRAIN = "application_train"
REMEDY = "rename or remove it, or ignore it with --ignore-unknown-columns"


def refusal(path, **how):
    with pytest.raises(TableError) as caught:
        read_tables(path, checked=True, **how)
    return str(caught.value)


def without(name):
    return lambda rows: [
        [v for v, n in zip(row, rows[0], strict=True) if n != name] for row in rows
    ]


def renamed(old, new):
    return lambda rows: [[new if name == old else name for name in rows[0]], *rows[1:]]


def with_column(name, value="x"):
    return lambda rows: [[*row, value if i else name] for i, row in enumerate(rows)]


VALUES = {
    "text where a number is due": (
        lambda s: s.put("AMT_CREDIT", "much", rows=(7, 9)),
        (
            r'_train\.csv: AMT_CREDIT: 2 values are not numbers, such as "much" in row 7: '
            r"expected a number from 0 to 1,000,000,000 \(currency\)$"
        ),
    ),
    "text where a whole number is due": (
        lambda s: s.put("CNT_CHILDREN", "two", rows=(7,)),
        r'CNT_CHILDREN: 1 value is not a number, "two" in row 7: expected a whole number from 0 to 30 \(count\)$',
    ),
    "a thousand's comma": (
        lambda s: s.put("AMT_CREDIT", "1,000", rows=(7,)),
        r'AMT_CREDIT: 1 value is not a number, "1,000" in row 7: expected a number',
    ),
    "above the range": (
        lambda s: s.put("CNT_CHILDREN", "31", rows=(3, 4, 5)),
        r'CNT_CHILDREN: 3 values are out of range, such as "31" in row 3: expected a whole number from 0 to 30',
    ),
    "above the range and the dtype": (
        lambda s: s.put("CNT_CHILDREN", "1000"),
        r'CNT_CHILDREN: 1 value is out of range, "1000" in row 1: expected a whole number from 0 to 30',
    ),
    "below the range": (
        lambda s: s.put("EXT_SOURCE_2", "-0.5"),
        r'EXT_SOURCE_2: 1 value is out of range, "-0\.5" in row 1: expected a number from 0 to 1 \(score\)',
    ),
    "a mark for no value that this column does not have": (
        lambda s: s.put("DAYS_BIRTH", "365243"),
        r'DAYS_BIRTH: 1 value is out of range, "365243" in row 1: expected a whole number from -43,830 to -3,650 ',
    ),
    "an outcome that is none": (
        lambda s: s.put("TARGET", "2"),
        r'TARGET: 1 value is out of range, "2" in row 1: expected a whole number from 0 to 1 \(flag\)',
    ),
    "an unknown level": (
        lambda s: s.put("NAME_CONTRACT_TYPE", "Cash loan", rows=(2, 3)),
        (
            r'NAME_CONTRACT_TYPE: 2 values are not known .*, such as "Cash loan" in row 2 \(did you mean Cash loans\?\)'
            r': expected "Cash loans", "Revolving loans"$'
        ),
    ),
    "an unknown level where many are known": (
        lambda s: s.put("ORGANIZATION_TYPE", "Circus"),
        r'ORGANIZATION_TYPE: 1 value is not a known level, "Circus" in row 1: expected "[^,]+", .* and 47 more$',
    ),
    "bytes that are no text": (
        lambda s: s.write(s.file().read_bytes().replace(b"Cash loans", b"Cr\xe9dit", 1)),
        r'NAME_CONTRACT_TYPE: 1 value is not a known level, "Cr.dit" in row \d+: expected',
    ),
    "no value where the contract says never": (
        lambda s: s.put("AMT_CREDIT", "", rows=(8, 9)),
        r"AMT_CREDIT: 2 rows have no value, the first in row 8: every row needs one$",
    ),
    "no level where the contract says never": (
        lambda s: s.put("NAME_CONTRACT_TYPE", "", rows=(8,)),
        r"NAME_CONTRACT_TYPE: 1 row has no value, in row 8: every row needs one$",
    ),
    "infinity where the contract says never missing": (
        lambda s: s.put("AMT_CREDIT", "inf"),
        r'AMT_CREDIT: 1 value is not finite, "inf" in row 1: expected a number',
    ),
    "a part of a child": (
        lambda s: s.put("CNT_CHILDREN", "1.5", rows=(4,)),
        r'CNT_CHILDREN: 1 value is not whole, "1\.5" in row 4: expected a whole number from 0 to 30',
    ),
    "a part of a day where a mark stands for no value": (
        lambda s: s.put("DAYS_EMPLOYED", "-100.5", rows=(4,)),
        r'DAYS_EMPLOYED: 1 value is not whole, "-100\.5" in row 4: expected a whole number from -25,000 to 0 \(days\)',
    ),
    "an applicant twice": (
        lambda s: s.rewrite(lambda rows: [*rows, rows[1]]),
        (
            r"_train\.csv: SK_ID_CURR: 1 row repeats the key of another, such as SK_ID_CURR \d+: "
            r"expected one row per key: leave out the copies$"
        ),
    ),
    "months twice": (
        lambda s: s.rewrite(lambda rows: [*rows, rows[1], rows[2]], "bureau_balance"),
        (
            r"bureau_balance\.csv: SK_ID_BUREAU and MONTHS_BALANCE: 2 rows repeat the key of another, "
            r"such as SK_ID_BUREAU \d+ and MONTHS_BALANCE -?\d+: expected one row per key"
        ),
    ),
    "history of nobody": (
        lambda s: s.put("SK_ID_CURR", "999999", rows=(1, 2), stem="bureau"),
        (
            r"bureau\.csv: SK_ID_CURR: 2 rows belong to no row of .*application_train\.csv or .*application_test\.csv, "
            r"such as SK_ID_CURR 999999: leave those rows out, or add the rows they belong to$"
        ),
    ),
    "balances of another set": (
        lambda s: s.rewrite(
            lambda rows: [rows[0], *([str(int(row[0]) + 10**8), *row[1:]] for row in rows[1:])],
            "bureau_balance",
        ),
        r"bureau_balance\.csv: SK_ID_BUREAU: [\d,]+ rows belong to no row of .*bureau\.csv, such as SK_ID_BUREAU 1",
    ),
    "a row with too many values": (
        lambda s: s.rewrite(lambda rows: [*rows[:4], [*rows[4], "1", "2"], *rows[5:]]),
        r"_train\.csv: 1 row has too many values, the first 124 in row 4: expected 122: a value that holds a ',' must",
    ),
    "a missing column": (
        lambda s: s.rewrite(without("AMT_CREDIT")),
        r"_train\.csv: it does not have AMT_CREDIT: add the column, or leave out a side table's file$",
    ),
    "an unknown column": (
        lambda s: s.rewrite(with_column("note")),
        rf'_train\.csv: it has the unknown column "note": {REMEDY}$',
    ),
    "unknown columns, one without a name": (
        lambda s: s.rewrite(lambda rows: with_column("amt_credits")(with_column("", "1")(rows))),
        rf'_train\.csv: it has the unknown columns "", "amt_credits" \(did you mean AMT_CREDIT\?\): {REMEDY}$',
    ),
    "a column twice": (
        lambda s: s.rewrite(with_column("AMT_CREDIT", "1")),
        r"_train\.csv: it has AMT_CREDIT more than once: keep one of the columns$",
    ),
    "a table of something else": (
        lambda s: s.write("name,age\nAda,36\n"),
        r"_train\.csv: it has the columns name, age, none of them known: expected SK_ID_CURR, TARGET, .* and 112 more$",
    ),
    "a table in the place of another": (
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
        r"_train\.csv: its last row is not complete, as in a copy that was cut off: copy or download it again",
    ),
    "a header alone": (
        lambda s: s.write(s.file().read_text().split("\n", 1)[0] + "\n"),
        r"_train\.csv: it has no rows: expected rows of the application table$",
    ),
    "a web page": (
        lambda s: s.write("\n<!DOCTYPE html><html><body>Sign in</body></html>"),
        r"_train\.csv: it is a web page, not a CSV: download it again, signed in$",
    ),
    "an Excel file": (
        lambda s: s.write(b"PK\x03\x04" + bytes(99)),
        r"_train\.csv: it is a zip or an Excel file, not a CSV: give the zip itself, or save the sheet as CSV$",
    ),
    "an old Excel file": (
        lambda s: s.write(b"\xd0\xcf\x11\xe0" + bytes(99)),
        r"it is an Excel file, not a CSV: save the ",
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


@pytest.mark.parametrize("case", VALUES)
def test_is_refused_in_one_line(case, spoiled):
    spoil, message = VALUES[case]
    spoil(spoiled)
    text = refusal(spoiled.folder)
    if case == "a copy that was cut off":  # which leaves a row without its last values
        text = text.split("\n")[1]
    assert re.search(message, text), text
    assert "\n" not in text
    assert "polars" not in text.lower()


@pytest.mark.parametrize(
    "case",
    [
        "text where a number is due",
        "above the range",
        "an applicant twice",
        "history of nobody",
        "a missing column",
    ],
)
def test_is_refused_in_the_same_words_with_a_cache_every_time(case, spoiled, tmp_path):
    VALUES[case][0](spoiled)
    texts = {refusal(spoiled.folder, cache=tmp_path / "cache") for _ in range(2)}
    assert texts == {refusal(spoiled.folder)}


class TestAtOnce:
    def test_everything_wrong_in_every_file_is_one_error(self, spoiled):
        spoiled.put("AMT_CREDIT", "much")
        spoiled.put("NAME_CONTRACT_TYPE", "Barter", rows=(2,))
        spoiled.rewrite(without("FLAG_MOBIL"))
        spoiled.rewrite(renamed("CREDIT_TYPE", "CREDIT_TIPE"), "bureau")
        spoiled.put("MONTHS_BALANCE", "1", stem="bureau_balance")
        (spoiled.folder / "previous_application.parquet").write_bytes(b"PAR1")
        (spoiled.folder / "installments_payments.csv").write_text("")
        lines = refusal(spoiled.folder).split("\n")
        assert lines[0] == f"8 things are wrong with {spoiled.folder}:"
        said = "\n".join(lines[1:])
        for words in (
            'AMT_CREDIT: 1 value is not a number, "much"', '"Barter" in row 2', "it does not have FLAG_MOBIL",
            "it does not have CREDIT_TYPE", '"CREDIT_TIPE" (did you mean CREDIT_TYPE?)', "MONTHS_BALANCE: 1 value is out of",
            "previous_application.parquet: it cannot be used", "installments_payments.csv: it is empty",
        ):  # fmt: skip
            assert words in said
        assert all(line.startswith(f"- {spoiled.folder}/") for line in lines[1:])

    def test_a_file_that_is_whole_but_for_one_value_gives_one_line(self, spoiled):
        spoiled.put("AMT_CREDIT", "much")
        assert "\n" not in refusal(spoiled.folder)


class TestUnknownColumns:
    def test_may_be_ignored(self, clean, spoiled):
        spoiled.rewrite(with_column("note"))
        found = read_tables(spoiled.folder, checked=True, ignore_unknown=True)[
            "application"
        ].collect()
        assert found.equals(read_tables(clean)["application"].collect())

    def test_are_refused_again_though_the_cache_knows_the_file(self, spoiled, tmp_path):
        spoiled.rewrite(with_column("note"))
        read_tables(spoiled.folder, checked=True, ignore_unknown=True, cache=tmp_path / "cache")
        assert "unknown column" in refusal(spoiled.folder, cache=tmp_path / "cache")


class TestOrphans:
    def test_are_counted_and_not_refused_where_one_application_file_is_absent(self, spoiled):
        spoiled.file("application_test").unlink()
        tables = open_table_set(spoiled.folder, checked=True)
        assert tables.problems == []
        assert tables.orphans["bureau"] > 0

    def test_of_test_applicants_are_no_orphans(self, clean):
        assert open_table_set(clean, checked=True).orphans == {"bureau": 0, "bureau_balance": 0}

    def test_balances_without_their_credit_are_counted_as_the_real_files_have_some(self, spoiled):
        spoiled.put("SK_ID_BUREAU", "999", stem="bureau_balance")
        tables = open_table_set(spoiled.folder, checked=True)
        assert (tables.problems, tables.orphans["bureau_balance"]) == ([], 1)

    def test_history_of_nobody_at_all_is_refused_even_then(self, spoiled):
        spoiled.file("application_test").unlink()
        spoiled.put(
            "SK_ID_CURR",
            "7",
            rows=range(1, len(rows_of(spoiled.file("bureau").read_text()))),
            stem="bureau",
        )
        assert re.search(
            r"bureau\.csv: SK_ID_CURR: \d+ rows belong to no row of .*_train\.csv",
            refusal(spoiled.folder),
        )


class TestZips:
    @pytest.fixture
    def archive(self, clean, tmp_path):
        path = tmp_path / "all.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
            for name in KEPT:
                target.write(clean / name, name)
        return path

    def test_a_truncated_one(self, archive):
        archive.write_bytes(archive.read_bytes()[:5000])
        assert (
            refusal(archive)
            == f"{archive} is a zip that is cut off or damaged: download or copy it again"
        )

    def test_a_foreign_one(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as target:
            target.writestr("photos/cat.jpg", "meow")
        text = refusal(tmp_path / "a.zip")
        assert text.endswith(
            "a.zip holds no application table: expected application_train.csv in it, found photos/cat.jpg"
        )

    def test_an_empty_one(self, tmp_path):
        zipfile.ZipFile(tmp_path / "a.zip", "w").close()
        assert refusal(tmp_path / "a.zip").endswith("found nothing")

    def test_one_with_a_flipped_bit(self, archive):
        data = bytearray(archive.read_bytes())
        data[3000] ^= 0xFF
        archive.write_bytes(data)
        pattern = r"all\.zip/application_train\.csv: the zip is cut off or damaged \(.*\): download or copy it again"
        assert re.search(pattern, refusal(archive))

    def test_one_with_a_password(self, archive):
        data = bytearray(archive.read_bytes())
        for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            data[data.index(mark) + offset] |= 1
        archive.write_bytes(data)
        assert "is encrypted, password required" in refusal(archive)

    def test_a_damaged_table_zipped_alone(self, tmp_path):
        (tmp_path / "application_train.csv.zip").write_bytes(b"PK\x03\x04" + bytes(30))
        assert "application_train.csv.zip: it is a zip or an Excel file, not a CSV" in refusal(
            tmp_path
        )

    def test_a_table_s_own_bad_values_name_the_member(self, spoiled, tmp_path):
        spoiled.put("AMT_CREDIT", "much")
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as target:
            target.write(spoiled.file(), f"in/{TRAIN}.csv")
        assert re.search(r'a\.zip/in/application_train\.csv: AMT_CREDIT: 1 value is not a number, "much"',
                         refusal(tmp_path / "a.zip"))  # fmt: skip


class TestParquet:
    @pytest.fixture
    def frame(self, clean):
        return pl.read_csv(clean / f"{TRAIN}.csv", infer_schema_length=None)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (
                pl.lit("much").alias("AMT_CREDIT"),
                r'AMT_CREDIT: \d+ values are not numbers, such as "much" in row 1: exp',
            ),
            (
                pl.col("CNT_CHILDREN") + 0.5,
                r'CNT_CHILDREN: \d+ values are not whole, such as "\d\.5" in row 1: expected',
            ),
            (
                pl.lit(2**40).alias("CNT_CHILDREN"),
                r'CNT_CHILDREN: \d+ values are out of range, such as "1099511627776"',
            ),
            (
                pl.lit(None).alias("AMT_CREDIT"),
                r"AMT_CREDIT: \d+ rows have no value, the first in row 1: every row needs",
            ),
            (
                pl.lit(float("nan")).alias("AMT_CREDIT"),
                r'AMT_CREDIT: \d+ values are not finite, such as "NaN" in row 1',
            ),
            (
                pl.lit("Barter").alias("NAME_CONTRACT_TYPE"),
                r'NAME_CONTRACT_TYPE: \d+ values are not known levels, .*"Barter"',
            ),
            (
                pl.concat_list("AMT_CREDIT"),
                r'AMT_CREDIT: \d+ values are not numbers, such as "<List\(Float64\)>" in row 1',
            ),
            (
                pl.lit(b"\xff\x00").alias("AMT_CREDIT"),
                r'AMT_CREDIT: \d+ values are not numbers, such as "<Binary>" in row 1',
            ),
        ],
    )
    def test_bad_values(self, frame, tmp_path, change, message):
        frame.with_columns(change).write_parquet(tmp_path / f"{TRAIN}.parquet")
        assert re.search(rf"{TRAIN}\.parquet: {message}", refusal(tmp_path))

    @pytest.mark.parametrize(
        "content", [b"", b"PAR1", b"PAR1 nonsense PAR1", b"SK_ID_CURR,TARGET\n1,0\n"]
    )
    def test_no_parquet(self, tmp_path, content):
        (tmp_path / f"{TRAIN}.parquet").write_bytes(content)
        assert re.search(
            rf"{TRAIN}\.parquet: it cannot be used \(.*\): repair it, or leave out",
            refusal(tmp_path),
        )

    def test_one_that_was_cut_off(self, frame, tmp_path):
        path = tmp_path / f"{TRAIN}.parquet"
        frame.write_parquet(path)
        path.write_bytes(path.read_bytes()[:-100])
        assert re.search(rf"{TRAIN}\.parquet: it cannot be used", refusal(tmp_path))


class TestNoPermission:
    """The tests may run as root, whom nothing is forbidden: the refusal is put into the call that meets it."""

    def test_for_a_file(self, clean, monkeypatch):
        opened = Path.open

        def forbidding(self, *arguments, **options):
            if self.name == "bureau.csv":
                raise PermissionError(13, "Permission denied", str(self))
            return opened(self, *arguments, **options)

        monkeypatch.setattr(Path, "open", forbidding)
        path = clean / "bureau.csv"
        assert refusal(clean) == (
            f"{path}: it cannot be read, permission denied: "
            f'give your user the right to read it, for example by chmod u+r "{path}"'
        )

    @pytest.mark.parametrize("name", ["iterdir", "exists"])
    def test_for_a_folder(self, clean, monkeypatch, name):
        def forbidding(_self, *_arguments):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, name, forbidding)
        assert refusal(clean).startswith(
            f"{clean} cannot be read, permission denied: give your user the right"
        )

    def test_for_a_zip(self, tmp_path, monkeypatch):
        (tmp_path / "a.zip").write_bytes(b"PK")

        def forbidding(*_arguments):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(source_files.zipfile, "ZipFile", forbidding)
        assert refusal(tmp_path / "a.zip").startswith(
            f"{tmp_path / 'a.zip'} cannot be read, permission denied"
        )


def test_a_folder_of_spoiled_tables_is_as_it_was(spoiled):
    assert isinstance(spoiled, Spoiled)
    spoiled.put("AMT_CREDIT", "much")
    before = {path: path.read_bytes() for path in spoiled.folder.iterdir()}
    refusal(spoiled.folder)
    assert {path: path.read_bytes() for path in spoiled.folder.iterdir()} == before


def test_blanks_at_the_end_of_rows_are_not_a_cut(clean, spoiled):
    """Tables separated by tabs end in empty values where the last columns are missing."""
    spoiled.write(text_of(rows_of((clean / "bureau.csv").read_text()), "\t"), "bureau")
    read_tables(spoiled.folder, checked=True)
