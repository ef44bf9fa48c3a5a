"""Damaged zips and Parquet files, and files that may not be read."""

import re
import zipfile
from pathlib import Path

import polars as pl
import pytest

from credit_scoring.tables import source_files
from tests.special_files import KINDS, make_special
from tests.tables.spoiled_tables import TABLE_FILES, refusal

TRAIN = "application_train"


class TestZips:
    @pytest.fixture
    def archive(self, clean, tmp_path):
        path = tmp_path / "all.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
            for name in TABLE_FILES:
                target.write(clean / name, name)
        return path

    def test_a_truncated_zip_is_named(self, archive):
        archive.write_bytes(archive.read_bytes()[:5000])
        assert (
            refusal(archive)
            == f"{archive} is a zip that is cut off or damaged: download or copy it again"
        )

    @pytest.mark.parametrize(
        ("kind", "reason"), [(kind, KINDS[kind]) for kind in KINDS if kind != "folder"]
    )
    @pytest.mark.parametrize("place", ["", "all.zip"])
    def test_a_special_file_is_named(self, tmp_path, kind, reason, place):
        """Given itself, or as the only zip of the folder."""
        make_special(tmp_path / "all.zip", kind)
        remedy = "give the folder of the tables or Kaggle's zip"
        assert refusal(tmp_path / place).endswith(f"all.zip cannot be read ({reason}): {remedy}")

    def test_a_zip_of_other_files_is_named(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as target:
            target.writestr("photos/cat.jpg", "meow")
        text = refusal(tmp_path / "a.zip")
        assert text.endswith(
            "a.zip holds no application table: expected application_train.csv in it, found "
            "photos/cat.jpg"
        )

    @pytest.mark.parametrize(
        "members",
        [
            (f"old/{TRAIN}.csv", f"new/{TRAIN}.csv"),
            (f"{TRAIN}.csv", f"backup/{TRAIN}.csv"),
            (f"{TRAIN}.csv", f"{TRAIN}.parquet"),
        ],
        ids=["two folders", "a backup", "two kinds"],
    )
    def test_a_table_that_is_twice_in_a_zip_is_named(self, clean, tmp_path, members):
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as target:
            for member in members:
                target.write(clean / f"{TRAIN}.csv", member)
        assert refusal(tmp_path / "a.zip") == (
            f"{tmp_path}/a.zip holds {TRAIN} 2 times ({members[0]}, {members[1]}): keep one"
        )

    def test_an_empty_zip_is_named(self, tmp_path):
        zipfile.ZipFile(tmp_path / "a.zip", "w").close()
        assert refusal(tmp_path / "a.zip").endswith("found nothing")

    def test_a_flipped_bit_in_a_zip_is_named(self, archive):
        data = bytearray(archive.read_bytes())
        data[3000] ^= 0xFF
        archive.write_bytes(data)
        pattern = (
            r"all\.zip/application_train\.csv: the zip is cut off or damaged \(.*\): download or "
            r"copy it again"
        )
        assert re.search(pattern, refusal(archive))

    def test_an_encrypted_zip_is_named(self, archive):
        data = bytearray(archive.read_bytes())
        for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            data[data.index(mark) + offset] |= 1
        archive.write_bytes(data)
        assert "is encrypted, password required" in refusal(archive)

    def test_a_damaged_zip_of_one_table(self, tmp_path):
        (tmp_path / "application_train.csv.zip").write_bytes(b"PK\x03\x04" + bytes(30))
        assert "application_train.csv.zip: it is a zip or an Excel file, not a CSV" in refusal(
            tmp_path
        )

    def test_invalid_values_name_the_zip_s_member(self, spoiled, tmp_path):
        spoiled.put("AMT_CREDIT", "much")
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as target:
            target.write(spoiled.file(), f"in/{TRAIN}.csv")
        pattern = r'a\.zip/in/application_train\.csv: AMT_CREDIT: 1 value is not a number, "much"'
        assert re.search(pattern, refusal(tmp_path / "a.zip"))


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
    def test_invalid_values_are_named(self, frame, tmp_path, change, message):
        frame.with_columns(change).write_parquet(tmp_path / f"{TRAIN}.parquet")
        assert re.search(rf"{TRAIN}\.parquet: {message}", refusal(tmp_path))

    @pytest.mark.parametrize(
        "content", [b"", b"PAR1", b"PAR1 nonsense PAR1", b"SK_ID_CURR,TARGET\n1,0\n"]
    )
    def test_content_that_is_not_parquet_is_named(self, tmp_path, content):
        (tmp_path / f"{TRAIN}.parquet").write_bytes(content)
        assert re.search(
            rf"{TRAIN}\.parquet: it cannot be used \(.*\): repair it, or leave out",
            refusal(tmp_path),
        )

    def test_a_truncated_file_is_named(self, frame, tmp_path):
        path = tmp_path / f"{TRAIN}.parquet"
        frame.write_parquet(path)
        path.write_bytes(path.read_bytes()[:-100])
        assert re.search(rf"{TRAIN}\.parquet: it cannot be used", refusal(tmp_path))


class TestPermissionDenied:
    """The tests may run as root, who may read everything, so the calls are patched to fail."""

    def test_file_is_named_with_remedy(self, clean, monkeypatch):
        opened = Path.open

        def deny(self, *arguments, **options):
            if self.name == "bureau.csv":
                raise PermissionError(13, "Permission denied", str(self))
            return opened(self, *arguments, **options)

        monkeypatch.setattr(Path, "open", deny)
        path = clean / "bureau.csv"
        assert refusal(clean) == (
            f"{path}: it cannot be read, permission denied: "
            f'give your user the right to read it, for example by chmod u+r "{path}"'
        )

    @pytest.mark.parametrize("name", ["iterdir", "exists"])
    def test_folder_is_named_with_remedy(self, clean, monkeypatch, name):
        def deny(_self, *_arguments):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, name, deny)
        assert refusal(clean).startswith(
            f"{clean} cannot be read, permission denied: give your user the right"
        )

    def test_zip_is_named(self, tmp_path, monkeypatch):
        (tmp_path / "a.zip").write_bytes(b"PK")

        def deny(*_arguments):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(source_files.zipfile, "ZipFile", deny)
        assert refusal(tmp_path / "a.zip").startswith(
            f"{tmp_path / 'a.zip'} cannot be read, permission denied"
        )
