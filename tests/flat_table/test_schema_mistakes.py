"""Mistakes in a schema file are all named, with column, value and remedy."""

import pytest

from credit_scoring.errors import TableError
from credit_scoring.flat_table.schema_file import read_schema
from tests.special_files import KINDS, make_special

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


def read(tmp_path, text):
    path = tmp_path / "loans.toml"
    path.write_text(text, encoding="utf-8")
    return read_schema(path)


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
            (
                "[columns.home]",
                '[columns.a]\nuse = "time"\n[columns.b]\nuse = "time"\n[columns.home]',
                '2 columns have use = "time": expected one at most',
            ),
            ("min = 0", "min = 101", "amount: min 101 is above max 100: exchange them"),
            ("min = 0", 'min = "0"', "amount: min is '0': expected a number"),
            ("min = 0", "min = true", "amount: min is True: expected a number"),
            ("min = 0", "min = nan", "amount: min is nan: expected a number"),
            ("max = 100", "max = inf", "amount: max is inf: expected a number"),
            (
                "max = 100",
                "max = 100\nsentinel = 99",
                "amount: sentinel 99 is from min to max, so it is a value",
            ),
            (
                "max = 100",
                'direction = "upp"',
                r"amount: direction is 'upp' \(did you mean up\?\): expected one of 'up', 'down'",
            ),
            (
                "nullable = true",
                'direction = "up"',
                "home: direction does not go with dtype 'category': remove it, or change dtype",
            ),
            ("max = 100", "sentinel = 99", "amount: sentinel 99 is from min to max"),
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
    def test_are_named_with_column_value_and_remedy(self, old, new, message, tmp_path):
        assert old in VALID
        with pytest.raises(TableError, match=message) as caught:
            read(tmp_path, VALID.replace(old, new, 1))
        assert "loans.toml " in str(caught.value).splitlines()[0]

    def test_are_all_named_in_one_error(self, tmp_path):
        text = VALID.replace("min = 0", "min = true").replace("nullable = true", "nulable = true")
        with pytest.raises(TableError) as caught:
            read(tmp_path, text)
        assert [line.split(":")[0] for line in str(caught.value).splitlines()[1:]] == [
            "  amount",
            "  home",
        ]

    def test_schema_without_inputs_is_refused(self, tmp_path):
        with pytest.raises(TableError, match='no column has use = "input": a model needs one'):
            read(tmp_path, '[columns.bad]\nuse = "target"\n[columns.x]\nuse = "excluded"\n')

    @pytest.mark.parametrize(
        "text", ["", "# nothing", "columns = 3", "columns = {}", "[columns]\nbad = 1"]
    )
    def test_schema_without_columns_is_refused(self, text, tmp_path):
        with pytest.raises(
            TableError,
            match=r"loans\.toml has no \[columns.NAME\] tables: let train write a schema",
        ):
            read(tmp_path, text)

    def test_file_that_is_not_text_is_refused(self, tmp_path):
        (tmp_path / "s.toml").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(TableError, match=r"s\.toml cannot be read as TOML \(.*utf-8"):
            read_schema(tmp_path / "s.toml")

    @pytest.mark.parametrize(("kind", "reason"), KINDS.items())
    def test_special_file_is_refused(self, tmp_path, kind, reason):
        path = make_special(tmp_path / "s.toml", kind)
        with pytest.raises(TableError, match=rf"s\.toml cannot be read as TOML \({reason}\)"):
            read_schema(path)
