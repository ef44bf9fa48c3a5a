"""The schema as a file: what is inferred survives it, a person's mistakes are all named, the screen shows it."""

import io
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from rich.console import Console

from credit_scoring.contracts.contract import Column, Table
from credit_scoring.errors import SettingError, TableError
from credit_scoring.flat_table.infer_schema import infer
from credit_scoring.flat_table.schema_file import (
    DTYPES,
    FIELDS,
    USES,
    read_schema,
    require_same_roles,
    schema_text,
    print_schema,
    values_of,
    write_schema,
)

GOOD = """
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
    return infer(frame, target="default", key="n°")


def read(tmp_path, text):
    path = tmp_path / "loans.toml"
    path.write_text(text, encoding="utf-8")
    return read_schema(path)


class TestRoundTrip:
    def test_what_is_written_is_read_back(self, inferred, tmp_path):
        write_schema(tmp_path / "new/folder/s.toml", inferred)
        found = read_schema(tmp_path / "new/folder/s.toml")
        assert found.unique == inferred.unique == ("n°",)
        for column, expected in zip(found.columns, inferred.columns, strict=True):
            same = (
                expected
                if expected.describes_applicant
                else replace(expected, unit=column.unit, dtype=column.dtype)
            )
            assert column == same
        assert schema_text(found) == schema_text(inferred)

    def test_nobody_s_identifier_or_name_is_in_it(self, inferred):
        assert "secret" not in schema_text(inferred)
        assert "Durand" not in schema_text(inferred)

    def test_every_key_is_explained_in_its_head(self, inferred):
        head = schema_text(inferred).partition("[columns")[0]
        assert all(line.startswith("#") for line in head.splitlines() if line)
        assert all(key in head for key in FIELDS)

    def test_a_row_may_be_as_short_as_a_person_likes(self, tmp_path):
        table = read(tmp_path, GOOD)
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

    def test_a_byte_order_mark_does_not_matter(self, tmp_path):
        assert read(tmp_path, "\ufeff" + GOOD).by_name.keys() == {"id", "bad", "amount", "home"}

    def test_an_existing_file_is_never_written_over(self, inferred, tmp_path):
        write_schema(tmp_path / "s.toml", inferred)
        with pytest.raises(
            TableError, match=r"s\.toml cannot be written \(File exists\): name another place"
        ):
            write_schema(tmp_path / "s.toml", inferred)


class TestMistakes:
    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            (
                "max = 100",
                "maxx = 100",
                r"amount: maxx is unknown \(did you mean max\?\): expected use, dtype, ",
            ),
            (
                'dtype = "float32"',
                'dtype = "flaot32"',
                r"amount: dtype is 'flaot32' \(did you mean float32\?\): expec",
            ),
            (
                'dtype = "float32"',
                'dtype = "int8"',
                "amount: dtype is 'int8'.*: expected one of 'float32', 'int32', ",
            ),
            (
                'dtype = "float32"\n',
                "",
                "amount: dtype is missing: expected one of 'float32', 'int32', 'category'",
            ),
            (
                '"target"',
                '"targte"',
                r"bad: use is 'targte' \(did you mean target\?\): expected one of 'key', 'target'",
            ),
            ('"target"', "1", "bad: use is 1: expected text"),
            ('"target"', '["target"]', r"bad: use is \['target'\]: expected text"),
            ('"target"', '"excluded"', '0 columns have use = "target": expected one'),
            ('"key"', '"target"', '2 columns have use = "target": expected one'),
            (
                "[columns.home]",
                '[columns.other]\nuse = "key"\n[columns.home]',
                '2 columns have use = "key": expected',
            ),
            ("min = 0", "min = 101", "amount: min 101 is above max 100: exchange them"),
            ("min = 0", 'min = "0"', "amount: min is '0': expected a number"),
            ("min = 0", "min = true", "amount: min is True: expected a number"),
            ("min = 0", "min = nan", "amount: min is nan: expected a number"),
            ("max = 100", "max = inf", "amount: max is inf: expected a number"),
            (
                "max = 100",
                "max = 100\nsentinel = 99",
                "amount: sentinel 99 lies from min to max, where it is a value",
            ),
            ("max = 100", "sentinel = 99", "amount: sentinel 99 lies from min to max"),
            (
                "max = 100",
                'levels = ["a"]',
                "amount: levels does not go with dtype 'float32': remove it",
            ),
            (
                '["own", "rent"]',
                "[]",
                'home: levels is empty: list the levels, or set use = "excluded"',
            ),
            (
                '["own", "rent"]',
                "[1, 2]",
                r"home: levels is \[1, 2\]: expected a list of different texts, such",
            ),
            (
                '["own", "rent"]',
                '["own", "own"]',
                r"home: levels is \['own', 'own'\]: expected a list of different te",
            ),
            (
                '["own", "rent"]',
                '"own"',
                "home: levels is 'own': expected a list of different texts",
            ),
            ('["?"]', '["own"]', "home: 'own' is a level and missing: remove it from one of them"),
            ('["?"]', '["?"]\nmin = 3', "home: min does not go with dtype 'category'"),
            ("nullable = true", "nullable = 1", "home: nullable is 1: expected true or false"),
            (
                "[columns.home]",
                "[column.home]",
                r"column is unknown: only \[columns.NAME\] tables are expected",
            ),
            (
                "nullable = true",
                "nullable = yes",
                r"loans\.toml cannot be read as TOML \(Invalid value \(at line 13",
            ),
            (
                "[columns.home]",
                "[columns.amount]",
                r"cannot be read as TOML \(Cannot declare .*amount.* twice",
            ),
        ],
    )
    def test_are_named_with_file_column_value_and_remedy(self, old, new, message, tmp_path):
        assert old in GOOD
        with pytest.raises(TableError, match=message) as caught:
            read(tmp_path, GOOD.replace(old, new, 1))
        assert "loans.toml " in str(caught.value).splitlines()[0]

    def test_are_all_named_at_once(self, tmp_path):
        text = GOOD.replace("min = 0", "min = true").replace("nullable = true", "nulable = true")
        with pytest.raises(TableError) as caught:
            read(tmp_path, text)
        assert [line.split(":")[0] for line in str(caught.value).splitlines()[1:]] == [
            "  amount",
            "  home",
        ]

    def test_nothing_to_learn_from(self, tmp_path):
        with pytest.raises(TableError, match='no column has use = "input": a model needs one'):
            read(tmp_path, '[columns.bad]\nuse = "target"\n[columns.x]\nuse = "excluded"\n')

    @pytest.mark.parametrize(
        "text", ["", "# nothing", "columns = 3", "columns = {}", "[columns]\nbad = 1"]
    )
    def test_no_columns(self, text, tmp_path):
        with pytest.raises(
            TableError,
            match=r"loans\.toml has no \[columns.NAME\] tables: let train write a schema",
        ):
            read(tmp_path, text)

    def test_a_file_that_is_no_text(self, tmp_path):
        (tmp_path / "s.toml").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(TableError, match=r"s\.toml cannot be read as TOML \(.*utf-8"):
            read_schema(tmp_path / "s.toml")
        with pytest.raises(TableError, match=r"cannot be read as TOML \(Is a directory\)"):
            read_schema(tmp_path)


class TestBesideOptions:
    @pytest.mark.parametrize(
        ("target", "key"), [(None, None), ("bad", None), ("bad", "id"), (None, "id")]
    )
    def test_the_same_names_may_be_given(self, target, key, tmp_path):
        require_same_roles(read(tmp_path, GOOD), tmp_path, target=target, key=key)

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
    def test_others_are_refused(self, names, message, tmp_path):
        with pytest.raises(SettingError, match=message):
            require_same_roles(
                read(tmp_path, GOOD), tmp_path.joinpath("s.toml").relative_to(tmp_path), **names
            )

    def test_a_key_beside_a_schema_without_one(self, tmp_path):
        with pytest.raises(SettingError, match=r"--id is id, and .* says none"):
            require_same_roles(
                read(tmp_path, GOOD.replace('"key"', '"excluded"')), tmp_path, target=None, key="id"
            )


class TestOnScreen:
    def test_fits_eighty_columns_and_tells_all(self, inferred):
        stream = io.StringIO()
        print_schema(inferred, Console(file=stream, width=80))
        text = stream.getvalue()
        assert all(len(line) <= 80 for line in text.splitlines())
        assert text.startswith("Schema: 1 key, 1 target, 3 input, 1 prohibited, 1 excluded")
        for word in ("0 to 1,400", "-999 (", "[bold]", '"prêt"', "prohibited"):
            assert word in text
        assert "Durand" not in text

    def test_says_what_a_column_may_hold(self, tmp_path):
        table = read(tmp_path, GOOD)
        assert values_of(table["id"]) == ""
        assert values_of(table["amount"]) == "0 to 100"
        assert values_of(replace(table["amount"], maximum=None, dtype="int32")) == "whole 0 to …"
        assert values_of(table["home"]) == "own, rent, or missing"
        assert (
            values_of(replace(table["home"], levels=tuple("abcde"), nullable=False))
            == "a, b, c … 5 levels"
        )


def test_the_text_is_toml(inferred):
    assert tomllib.loads(schema_text(inferred))["columns"].keys() == inferred.by_name.keys()
    assert isinstance(inferred, Table)


class TestThePage:
    """docs/any-table.md."""

    PAGE = (Path(__file__).parents[2] / "docs/any-table.md").read_text(encoding="utf-8")

    def test_its_example_is_a_schema(self, tmp_path):
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
