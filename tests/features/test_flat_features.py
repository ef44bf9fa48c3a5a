"""A flat table as features: whatever the table, its inferred schema fits it, survives the file, and admits its rows."""

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.contracts.contract import Column, Table
from credit_scoring.errors import TableError
from credit_scoring.features.flat_features import flat_features
from credit_scoring.flat_table.infer_schema import infer
from credit_scoring.flat_table.schema_file import read_schema, schema_text
from credit_scoring.serving.requests.feature_schema import RequestSchema

ROWS = 40
MARKED = [
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
NUMBERS = (
    st.floats(-1e29, 1e29, width=64),
    st.floats(-1, 1),
    st.integers(-(2**40), 2**40),
    st.integers(0, 3),
    st.sampled_from([-999, 0, 1, 2]),
    st.booleans(),
)
VALUES = st.one_of(
    *(
        st.lists(st.none() | kind, min_size=ROWS, max_size=ROWS)
        for kind in (*NUMBERS, st.sampled_from(MARKED))
    )
)


# read_flat refuses what Polars takes for a pattern
NAMES = st.text(max_size=8).filter(
    lambda name: name not in ("bad", "fine") and (name[:1], name[-1:]) != ("^", "$")
)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("schema") / "s.toml"


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(columns=st.dictionaries(NAMES, VALUES, max_size=3))
def test_any_table_fits_its_own_schema_and_its_rows_are_admitted(path, columns):
    frame = pl.DataFrame(
        {"bad": [0, 1] * (ROWS // 2), "fine": ["a", "b", "c", "d"] * (ROWS // 4), **columns},
        strict=False,
    )
    path.write_text(
        schema_text(infer(frame, target="bad", key=None)), encoding="utf-8", newline="\n"
    )
    table = read_schema(path)
    found = flat_features(frame, table)
    missing = found.features.null_count().row(0, named=True)
    asked = [
        ModelFeature(feature, "input", nullable=missing[feature.name] > 0)
        for feature in found.catalogue
    ]
    request = RequestSchema(asked)
    for row in frame[[f.name for f in asked]].iter_rows(
        named=True
    ):  # select() would take "*" for all columns
        request.check(
            {name: int(value) if isinstance(value, bool) else value for name, value in row.items()}
        )


def test_the_catalogue_has_the_schema_s_words():
    columns = (
        Column("bad", "bad", "int32", nullable=False, meaning="late", use="target"),
        Column("term", "term", "int32", nullable=True, meaning="length", unit="months", minimum=6, maximum=84,
               sentinel=-1),
        Column("sexe", "sexe", "category", nullable=False, meaning="sexe", levels=("F", "H"), use="prohibited",
               note="!"),
        Column("gone", "gone", "category", nullable=False, meaning="gone", use="excluded"),
    )  # fmt: skip
    frame = pl.DataFrame({"bad": ["no", "yes"], "term": [12, -1], "sexe": ["F", "H"]})
    found = flat_features(frame, Table("loans", "", "loans", None, (), None, columns))
    assert found.target.to_list() == [0, 1]
    assert found.applicant.to_list() == [0, 1]
    assert found.features.columns == ["term", "sexe"]
    assert found.features["term"].to_list() == [12, None]
    term, sex = (feature.as_dict() for feature in found.catalogue)
    assert term == {
        "name": "term", "table": "loans", "meaning": "length", "unit": "months", "minimum": 6, "maximum": 84,
        "whole": True, "sentinel": -1, "empty": "missing",
    }  # fmt: skip
    assert (sex["levels"], sex["sensitive"]) == (["F", "H"], "prohibited")
    with pytest.raises(TableError, match=r"loans\.csv does not fit its schema"):
        flat_features(
            frame.drop("term"), Table("loans", "", "loans", None, (), None, columns), "loans.csv"
        )
