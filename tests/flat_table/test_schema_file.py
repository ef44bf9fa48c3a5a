"""The schema file: written and read back unchanged, compared with options, printed."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from credit_scoring.contracts.contract import Column, Table
from credit_scoring.errors import SettingError, TableError
from credit_scoring.flat_table.infer_schema import infer_schema
from credit_scoring.flat_table.schema_file import (
    DTYPES,
    FIELDS,
    USES,
    read_schema,
    require_same_roles,
    schema_text,
    write_schema,
)

VALID = """
[columns.id]
use = "key"
[columns.bad]
use = "target"
[columns.amount]
dtype = "float32"
min = 0
max = 100
[columns.home]
dtype = "category"
levels = ["own", "rent"]
nullable = true
missing = ["?"]
"""


@pytest.fixture(scope="module")
def inferred():
    rng, rows = np.random.default_rng(0), 300
    frame = pl.DataFrame(
        {
            "n°": [f"secret {i}" for i in range(rows)],
            "default": rng.integers(0, 2, rows),
            "Montant du prêt, en euros": rng.random(rows) * 1e4,
            "score": np.where(rng.random(rows) < 0.1, -999, rng.integers(300, 850, rows)),
            "[bold]objet[/bold]": rng.choice(['un "prêt"', " 36 mois", "é\\t", "NA"], rows),
            "sexe": rng.choice(["F", "H"], rows),
            "nom": [f"Durand {i}" for i in range(rows)],
        }
    )
    return infer_schema(frame, target="default", key="n°")


def read(tmp_path, text):
    path = tmp_path / "loans.toml"
    path.write_text(text, encoding="utf-8")
    return read_schema(path)


class TestRoundTrip:
    def test_written_schema_is_read_back_unchanged(self, inferred, tmp_path):
        write_schema(tmp_path / "new/folder/s.toml", inferred)
        read_back = read_schema(tmp_path / "new/folder/s.toml")
        assert read_back.unique == inferred.unique == ("n°",)
        for column, expected in zip(read_back.columns, inferred.columns, strict=True):
            same = (
                expected
                if expected.describes_applicant
                else replace(expected, unit=column.unit, dtype=column.dtype)
            )
            assert column == same
        assert schema_text(read_back) == schema_text(inferred)

    def test_contains_no_identifiers_or_names_of_persons(self, inferred):
        assert "secret" not in schema_text(inferred)
        assert "Durand" not in schema_text(inferred)

    def test_comment_explains_every_key(self, inferred):
        head = schema_text(inferred).partition("[columns")[0]
        assert all(line.startswith("#") for line in head.splitlines() if line)
        assert all(key in head for key in FIELDS)

    def test_optional_keys_have_defaults(self, tmp_path):
        table = read(tmp_path, VALID)
        assert table["amount"] == Column(
            "amount",
            "amount",
            "float32",
            nullable=False,
            meaning="amount",
            unit="number",
            minimum=0,
            maximum=100,
        )
        assert table["home"].levels == ("own", "rent")
        assert table["home"].unit == "level"

    def test_direction_of_a_number_is_read_and_written(self, tmp_path):
        table = read(tmp_path, VALID.replace("max = 100", 'direction = "down"'))
        assert table["amount"].direction == "down"
        assert table["home"].direction is None
        assert 'direction = "down"' in schema_text(table)

    def test_byte_order_mark_is_ignored(self, tmp_path):
        assert read(tmp_path, "\ufeff" + VALID).by_name.keys() == {"id", "bad", "amount", "home"}

    def test_existing_file_is_not_overwritten(self, inferred, tmp_path):
        write_schema(tmp_path / "s.toml", inferred)
        with pytest.raises(
            TableError, match=r"s\.toml cannot be written \(File exists\): name another place"
        ):
            write_schema(tmp_path / "s.toml", inferred)


class TestOptions:
    @pytest.mark.parametrize(
        ("target", "key"), [(None, None), ("bad", None), ("bad", "id"), (None, "id")]
    )
    def test_names_equal_to_the_schema_s_are_accepted(self, target, key, tmp_path):
        require_same_roles(read(tmp_path, VALID), tmp_path, target=target, key=key)

    @pytest.mark.parametrize(
        ("names", "message"),
        [
            (
                {"target": "late", "key": None},
                r"--target is late, and s\.toml says bad: edit the file, or leave --target out",
            ),
            ({"target": None, "key": "bad"}, r"--id is bad, and s\.toml says id: edit the file"),
        ],
    )
    def test_other_names_are_refused(self, names, message, tmp_path):
        with pytest.raises(SettingError, match=message):
            require_same_roles(
                read(tmp_path, VALID), tmp_path.joinpath("s.toml").relative_to(tmp_path), **names
            )

    def test_key_is_refused_if_schema_has_none(self, tmp_path):
        with pytest.raises(SettingError, match=r"--id is id, and .* says none"):
            require_same_roles(
                read(tmp_path, VALID.replace('"key"', '"excluded"')),
                tmp_path,
                target=None,
                key="id",
            )


def test_the_text_is_toml(inferred):
    assert tomllib.loads(schema_text(inferred))["columns"].keys() == inferred.by_name.keys()
    assert isinstance(inferred, Table)


class TestDocumentation:
    """docs/any-table.md."""

    PAGE = (Path(__file__).parents[2] / "docs/any-table.md").read_text(encoding="utf-8")

    def test_its_example_is_a_valid_schema(self, tmp_path):
        (example,) = re.findall(r"```toml\n(.*?)```", self.PAGE, flags=re.DOTALL)
        table = read(tmp_path, example + '[columns.bad]\nuse = "target"\n')
        assert table["score"].sentinel == -999
        assert table["purpose"].levels == ("car", "home, new", "études")

    def test_every_key_and_use_is_explained(self):
        for word in (
            *(f"`{key}`" for key in FIELDS),
            *(f'`"{use}"`' for use in USES),
            *(f'`"{t}"`' for t in DTYPES),
        ):
            assert word in self.PAGE
