"""Flat tables as features: any table fits the schema inferred from it and written to a file."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.contracts.contract import Column, Table
from credit_scoring.errors import TableError
from credit_scoring.features.flat_features import flat_features
from credit_scoring.flat_table.infer_schema import infer_schema
from credit_scoring.flat_table.schema_file import read_schema, schema_text
from credit_scoring.scoring.validation.feature_schema import RequestSchema

ROWS = 40
TEXTS = [
    "NA",
    "?",
    "",
    "a",
    "A ",
    "é, ü",
    'in "quotes"',
    "back\\slash",
    "[red]",
    "\u2028",
    "1",
    "01",
]
KINDS = (
    st.floats(-1e29, 1e29, width=64),
    st.floats(-1, 1),
    st.integers(-(2**40), 2**40),
    st.integers(0, 3),
    st.sampled_from([-999, 0, 1, 2]),
    st.booleans(),
    st.sampled_from(TEXTS),
)
VALUES = st.one_of(*(st.lists(st.none() | kind, min_size=ROWS, max_size=ROWS) for kind in KINDS))
# Polars takes ^...$ for a pattern: reading a flat table refuses such names.
NAMES = st.text(max_size=8).filter(
    lambda name: name not in ("bad", "fine") and (name[:1], name[-1:]) != ("^", "$")
)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("schema") / "s.toml"


@settings(max_examples=150)
@given(columns=st.dictionaries(NAMES, VALUES, max_size=3))
def test_any_table_fits_its_inferred_schema(path, columns):
    """The schema survives the file, and a request with any of its rows is valid."""
    own = {"bad": [0, 1] * (ROWS // 2), "fine": ["a", "b", "c", "d"] * (ROWS // 4)}
    frame = pl.DataFrame({**own, **columns}, strict=False)
    schema = schema_text(infer_schema(frame, target="bad", key=None))
    path.write_text(schema, encoding="utf-8", newline="\n")
    table = flat_features(frame, read_schema(path))
    missing = table.features.null_count().row(0, named=True)
    inputs = [
        ModelFeature(feature, "input", nullable=missing[feature.name] > 0)
        for feature in table.catalogue
    ]
    request = RequestSchema(inputs)
    for row in frame[[f.name for f in inputs]].iter_rows(named=True):  # select() expands "*"
        request.validate(
            {name: int(value) if isinstance(value, bool) else value for name, value in row.items()}
        )


COLUMNS = (
    Column("bad", "bad", "int32", nullable=False, meaning="late", use="target"),
    Column(
        "term",
        "term",
        "int32",
        nullable=True,
        meaning="length",
        unit="months",
        minimum=6,
        maximum=84,
        sentinel=-1,
    ),
    Column(
        "sexe",
        "sexe",
        "category",
        nullable=False,
        meaning="sexe",
        levels=("F", "H"),
        use="prohibited",
        note="!",
    ),
    Column("gone", "gone", "category", nullable=False, meaning="gone", use="excluded"),
)
TABLE = Table("loans", "", "loans", None, (), None, COLUMNS)
FRAME = pl.DataFrame({"bad": ["no", "yes"], "term": [12, -1], "sexe": ["F", "H"]})


def test_features_are_the_schema_s_inputs():
    table = flat_features(FRAME, TABLE)
    assert table.target.to_list() == [0, 1]
    assert table.applicant.to_list() == [0, 1]
    assert table.features.columns == ["term", "sexe"]
    assert table.features["term"].to_list() == [12, None]


def test_the_catalogue_has_the_schema_s_words():
    term, sex = (feature.as_dict() for feature in flat_features(FRAME, TABLE).catalogue)
    assert term == {
        "name": "term",
        "table": "loans",
        "meaning": "length",
        "unit": "months",
        "minimum": 6,
        "maximum": 84,
        "whole": True,
        "sentinel": -1,
        "empty": "missing",
    }
    assert (sex["levels"], sex["sensitive"]) == (["F", "H"], "prohibited")


def test_a_missing_column_is_refused():
    with pytest.raises(TableError, match=r"loans\.csv does not fit its schema"):
        flat_features(FRAME.drop("term"), TABLE, "loans.csv")
