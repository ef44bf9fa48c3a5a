"""The tables do not depend on how their files are written."""

import gzip
import io
import random
import zipfile

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from credit_scoring.contracts.contract import contracts
from credit_scoring.errors import TableError
from credit_scoring.tables.read_tables import read_tables
from tests.tables.spoiled_tables import TABLE_FILES, format_rows, parse_rows

BOM = b"\xef\xbb\xbf"
NAMES = ("application_train", "bureau", "bureau_balance")


def is_number(text):
    return text.lstrip("-").replace(".", "", 1).isdigit()


def with_commas(rows):
    return [
        rows[0],
        *([v.replace(".", ",") if is_number(v) else v for v in row] for row in rows[1:]),
    ]


def with_floats(rows, start=1):
    whole = [not is_level(name) for name in rows[0]]
    return [
        [
            f"{v}.0" if i >= start and w and v.lstrip("-").isdigit() else v
            for w, v in zip(whole, row, strict=True)
        ]
        for i, row in enumerate(rows)
    ]


def is_level(name):
    return any(name in table.by_name and table[name].is_category for table in contracts().values())


def wrapped(text):
    return "".join('"' + line.replace('"', '""') + '"\n' for line in text.splitlines())


def shuffled(rows):
    order = list(range(len(rows[0])))
    random.Random(3).shuffle(order)  # noqa: S311
    return [[row[i] for i in order] for row in rows]


FORMS = {
    "unchanged": str.encode,
    "byte-order mark": lambda text: BOM + text.encode(),
    "semicolons": lambda text: format_rows(parse_rows(text), ";").encode(),
    "semicolons and decimal commas": lambda text: format_rows(
        with_commas(parse_rows(text)), ";"
    ).encode(),
    "tabs": lambda text: format_rows(parse_rows(text), "\t").encode(),
    "CRLF": lambda text: format_rows(parse_rows(text), end="\r\n").encode(),
    "CR": lambda text: text.replace("\n", "\r").encode(),
    "byte-order mark, semicolons, CRLF": lambda text: (
        BOM + format_rows(parse_rows(text), ";", "\r\n").encode()
    ),
    "another column order": lambda text: format_rows(shuffled(parse_rows(text))).encode(),
    "integers as floats": lambda text: format_rows(with_floats(parse_rows(text))).encode(),
    "integers as floats in later rows": lambda text: format_rows(
        with_floats(parse_rows(text), start=60)
    ).encode(),
    "floats with decimal commas": lambda text: format_rows(
        with_commas(with_floats(parse_rows(text))), ";"
    ).encode(),
    "rows in quotes": lambda text: wrapped(text).encode(),
    "rows in quotes, header not": lambda text: "\n".join(
        [text.split("\n", 1)[0], wrapped(text.split("\n", 1)[1])]
    ).encode(),
    "rows in quotes with semicolons": lambda text: wrapped(
        format_rows(parse_rows(text), ";")
    ).encode(),
    "rows in quotes, byte-order mark, CRLF": lambda text: (
        BOM + wrapped(text).replace("\n", "\r\n").encode()
    ),
    "every value in quotes": lambda text: "".join(
        ",".join(f'"{v}"' if v else "" for v in row) + "\n" for row in parse_rows(text)
    ).encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "no end of line at the end": lambda text: text.rstrip("\n").encode(),
    "empty lines at the end": lambda text: f"{text}\n\n".encode(),
    "empty lines between": lambda text: text.replace("\n", "\n\n", 3).encode(),
    "R's mark for no value": lambda text: format_rows(
        [[v or "NA" for v in row] for row in parse_rows(text)]
    ).encode(),
    "R's mark, every value in quotes but the mark": lambda text: "".join(
        ",".join(f'"{v}"' if v else "NA" for v in row) + "\n" for row in parse_rows(text)
    ).encode(),
    "R's mark and an empty line between": lambda text: (
        format_rows([[v or "NA" for v in row] for row in parse_rows(text)])
        .replace("\n", "\n\n", 2)
        .encode()
    ),
    "blanks around values": lambda text: format_rows(
        [r if i == 0 else [f" {v} " for v in r] for i, r in enumerate(parse_rows(text))]
    ).encode(),
}


@pytest.fixture(scope="module")
def expected(clean):
    return {name: frame.collect() for name, frame in read_tables(clean, checked=True).items()}


def assert_reads_as(path, expected, **options):
    tables = read_tables(path, checked=True, **options)
    assert list(tables) == list(expected)
    for name, frame in expected.items():
        assert_frame_equal(tables[name].collect(), frame, check_exact=True)


@pytest.mark.parametrize("form", FORMS)
def test_every_csv_dialect_gives_the_same_tables(form, spoiled, expected):
    for stem in NAMES:
        spoiled.write(FORMS[form](spoiled.file(stem).read_text()), stem)
    assert_reads_as(spoiled.folder, expected)


@pytest.mark.parametrize(
    "form", ["integers as floats in later rows", "rows in quotes", "UTF-16", "empty lines between"]
)
def test_repaired_files_are_cached_unchanged(form, spoiled, expected, tmp_path):
    for stem in NAMES:
        spoiled.write(FORMS[form](spoiled.file(stem).read_text()), stem)
    for _ in range(2):
        assert_reads_as(spoiled.folder, expected, cache=tmp_path / "cache")


def zip_one_file(folder, file):
    with zipfile.ZipFile(folder / f"{file.name}.zip", "w") as archive:
        archive.write(file, file.name)


COMPRESSED = {
    "csv.gz": lambda folder, file: (folder / f"{file.name}.gz").write_bytes(
        gzip.compress(file.read_bytes())
    ),
    "gzip that is named csv": lambda folder, file: (folder / file.name).write_bytes(
        gzip.compress(file.read_bytes())
    ),
    "csv.zst": lambda folder, file: pl.scan_csv(file, infer_schema=False).sink_csv(
        folder / f"{file.name}.zst", compression="zstd"
    ),
    "csv.zip": zip_one_file,
    "parquet": lambda folder, file: pl.read_csv(file, infer_schema_length=None).write_parquet(
        folder / f"{file.stem}.parquet"
    ),
    "parquet of texts": lambda folder, file: pl.read_csv(file, infer_schema=False).write_parquet(
        folder / f"{file.stem}.parquet"
    ),
}


@pytest.mark.parametrize("way", COMPRESSED)
def test_compression_and_parquet_give_the_same_tables(way, clean, expected, tmp_path):
    for name in TABLE_FILES:
        COMPRESSED[way](tmp_path, clean / name)
    assert_reads_as(tmp_path, expected)


def test_wrapped_rows_may_be_compressed(clean, expected, tmp_path):
    for name in TABLE_FILES:
        text = wrapped((clean / name).read_text())
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
        pl.Series("x", text.splitlines()).to_frame().lazy().sink_csv(
            tmp_path / f"{name}.zst", compression="zstd", include_header=False, quote_style="never"
        )
    assert_reads_as(tmp_path, expected)
    for name in TABLE_FILES:
        (tmp_path / f"{name}.gz").unlink()
    assert_reads_as(tmp_path, expected)


@pytest.mark.parametrize("cached", [True, False])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("inside", ["", "home-credit/"])
def test_a_zip_gives_the_same_tables(clean, expected, tmp_path, inside, kind, cached):
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in TABLE_FILES:
            data = io.BytesIO((clean / name).read_bytes())
            if kind == "parquet":
                frame, data = pl.read_csv(data, infer_schema_length=None), io.BytesIO()
                frame.write_parquet(data)
            archive.writestr(f"{inside}{name.replace('csv', kind)}", data.getvalue())
    assert_reads_as(tmp_path / "all.zip", expected, cache=tmp_path / "cache" if cached else None)
    assert_reads_as(tmp_path, expected)


def test_parquet_flags_may_be_booleans(clean, tmp_path):
    frame = pl.read_csv(clean / "application_train.csv", infer_schema_length=None)
    frame.with_columns(pl.col("FLAG_MOBIL", "FLAG_PHONE").cast(pl.Boolean)).write_parquet(
        tmp_path / "application_train.parquet"
    )
    application = read_tables(tmp_path, checked=True)["application"].collect()
    assert application["FLAG_PHONE"].to_list() == frame["FLAG_PHONE"].to_list()


@pytest.mark.parametrize("name", ["SK_ID_CURR", "AMT_CREDIT"], ids=["whole", "fraction"])
def test_a_date_in_parquet_is_no_number(clean, name, tmp_path):
    frame = pl.read_csv(clean / "application_train.csv", infer_schema_length=None)
    dated = frame.with_columns(pl.col(name).cast(pl.Int32).cast(pl.Date))
    dated.write_parquet(tmp_path / "application_train.parquet")
    with pytest.raises(TableError, match=rf"{name}: .* not numbers, such as \"\d{{4}}-\d\d-\d\d"):
        read_tables(tmp_path, checked=True)


@settings(max_examples=12)
@given(data=st.data())
def test_any_column_order_and_integers_as_floats(data, clean, expected, tmp_path):
    rows = parse_rows((clean / "bureau.csv").read_text())
    order = data.draw(st.permutations(range(len(rows[0]))))
    whole = [c.name for c in contracts()["bureau"].columns if c.dtype.startswith("int")]
    floated = data.draw(st.sets(st.sampled_from(whole)))
    start = data.draw(st.integers(1, len(rows)))
    for row in rows[start:]:
        for name in floated:
            row[rows[0].index(name)] += ".0"
    for name in TABLE_FILES:
        (tmp_path / name).write_bytes((clean / name).read_bytes())
    (tmp_path / "bureau.csv").write_text(format_rows([[row[i] for i in order] for row in rows]))
    assert_reads_as(tmp_path, expected)
