"""A file is read by what it contains, whatever its name says; other kinds are named."""

import bz2
import gzip
import io
import lzma
import zipfile

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from credit_scoring.errors import TableError
from credit_scoring.flat_table.read_flat_table import read_flat_table
from credit_scoring.flat_table.scan_columns import scan_flat_table

FRAME = pl.DataFrame({"loan": [11, 12, 13], "city": ["Paris", "Rome", "Bonn"], "late": [0, 1, 0]})
CSV = FRAME.write_csv().encode()


def parquet():
    buffer = io.BytesIO()
    FRAME.write_parquet(buffer)
    return buffer.getvalue()


def zipped(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


READ = {
    "A.PARQUET": parquet(),
    "a.pq": parquet(),
    "parquet.csv": parquet(),
    "parquet without a suffix": parquet(),
    "parquet.gz": gzip.compress(parquet()),
    "text.parquet": CSV,
    "text.csv.gz": CSV,
    "text.xlsx": CSV,
    "LOANS.CSV.GZ": gzip.compress(CSV),
    "gzip.csv": gzip.compress(CSV),
    "gzip in parts.csv": gzip.compress(CSV[:20]) + gzip.compress(CSV[20:]),
    "bz2.csv": bz2.compress(CSV),
    "a.csv.xz": lzma.compress(CSV),
    "a.zip": zipped({"loans.csv": CSV}),
    "zip.csv": zipped({"loans.csv": CSV}),
    "folder.zip": zipped({"data/": b"", "data/loans.csv": CSV}),
    "macintosh.zip": zipped(
        {"loans.csv": CSV, "__MACOSX/._loans.csv": b"\0", "data/.DS_Store": b"\0"}
    ),
    "parquet.zip": zipped({"loans.parquet": parquet()}),
    "gzip.zip": zipped({"loans.csv.gz": gzip.compress(CSV)}),
}


@pytest.mark.parametrize("name", READ)
def test_content_decides(name, tmp_path):
    (tmp_path / name).write_bytes(READ[name])
    assert_frame_equal(read_flat_table(tmp_path / name), FRAME)


@pytest.mark.parametrize("name", ["parquet.csv", "gzip.csv", "folder.zip"])
def test_columns_are_read_by_content(name, tmp_path):
    (tmp_path / name).write_bytes(READ[name])
    (tmp_path / "scratch").mkdir()
    table = scan_flat_table(tmp_path / name, tmp_path / "scratch")
    assert table.column("city").to_list() == FRAME["city"].to_list()


def arrow():
    buffer = io.BytesIO()
    FRAME.write_ipc(buffer)
    return buffer.getvalue()


NOTHING = bytes(2000)
OTHER_KINDS = {
    "JSON, a list": (FRAME.write_json().encode(), "it is JSON, not a CSV: save the table as CSV"),
    "JSON, an object": (b'{"loan": {"0": 11}}', "it is JSON"),
    "JSON, lines": (FRAME.write_ndjson().encode(), "it is JSON"),
    "JSON, indented": (b'\xef\xbb\xbf[\n  {\n "loan": 11}]', "it is JSON"),
    "JSON, compressed": (gzip.compress(FRAME.write_json().encode()), "it is JSON"),
    "a web page": (b"\n<!DOCTYPE html><html>Sign in", "it is a web page, not a CSV: download it"),
    "XML": (b'<?xml version="1.0"?><loans/>', "it is XML"),
    "PDF": (b"%PDF-1.7\n" + NOTHING, "it is a PDF document"),
    "Arrow": (arrow(), "it is Arrow (Feather)"),
    "ORC": (b"ORC\x0a" + NOTHING, "it is ORC"),
    "Avro": (b"Obj\x01" + NOTHING, "it is Avro"),
    "HDF5": (b"\x89HDF\r\n\x1a\n" + NOTHING, "it is HDF5"),
    "SQLite": (b"SQLite format 3\0" + NOTHING, "it is an SQLite database"),
    "SPSS": (b"$FL2@(#)" + NOTHING, "it is SPSS"),
    "Stata": (b"<stata_dta><header>" + NOTHING, "it is Stata"),
    "SAS": (bytes(12) + b"\xc2\xea\x81\x60" + NOTHING, "it is SAS"),
    "R data": (gzip.compress(b"RDX3\nX\n" + NOTHING), "it is R data"),
    "a pickle": (b"\x80\x04\x95" + NOTHING, "it is a pickle"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + NOTHING, "it is a 7z archive, not a CSV: unpack it"),
    "RAR": (b"Rar!\x1a\x07" + NOTHING, "it is a RAR archive, not a CSV: unpack it"),
    "zstd": (
        b"\x28\xb5\x2f\xfd" + NOTHING,
        "it is compressed with zstd, not a CSV: unpack it with",
    ),
    "anything": (bytes(range(256)), "it is binary data, not a CSV: export or download it again"),
    "a zip of two tables": (
        zipped({"new.csv": CSV, "old.csv": CSV}),
        "it is a zip with 2 files (new.csv, old.csv): expected one table: unpack the right one",
    ),
    "a zip without a table": (zipped({"__MACOSX/x": b""}), "it is a zip with no file: expected"),
    "a gzip that is cut off": (
        gzip.compress(CSV)[:-9],
        "cannot be read (it is cut off or damaged)",
    ),
    "a zip that is cut off": (zipped({"a.csv": CSV})[:-9], "cannot be read (it is cut off or dama"),
    "Parquet that is cut off": (parquet()[:-9], "cannot be read (it is cut off or damaged)"),
    "nothing": (b"", "it is empty: expected a header and rows"),
    "blank lines": (b"\n \n", "it is empty: expected a header and rows"),
}


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_other_kinds_are_named(kind, tmp_path):
    content, message = OTHER_KINDS[kind]
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(TableError) as error:
        read_flat_table(tmp_path / "a.csv")
    assert f"a.csv: {message}" in str(error.value) or f"a.csv {message}" in str(error.value)


NAMES_LIKE_MAGIC_NUMBERS = ["PAR1,b", "ORCID,b", "[id],[b]", "<DATE>,<TIME>", "{id},b", "PK,b"]


@pytest.mark.parametrize("header", NAMES_LIKE_MAGIC_NUMBERS)
def test_names_that_begin_like_another_kind(header, tmp_path):
    (tmp_path / "a.csv").write_text(f"{header}\n1,2\n3,4\n")
    assert read_flat_table(tmp_path / "a.csv").columns == header.split(",")
