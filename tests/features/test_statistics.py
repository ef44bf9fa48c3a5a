"""The names of a side table's statistics."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.features.statistics import slug


@pytest.mark.parametrize(
    ("level", "part"),
    [
        ("Secondary / secondary special", "secondary_secondary_special"),
        ("Type: 1.0", "type_1_0"),
        ("0", "0"),
        ("XNA", "xna"),
        (" (none) ", "none"),
    ],
)
def test_a_level_becomes_part_of_a_name(level, part):
    assert slug(level) == part


@given(st.text())
def test_any_level_gives_a_plain_name_part(level):
    part = slug(level)
    assert part == part.strip("_")
    assert all(c in "abcdefghijklmnopqrstuvwxyz0123456789_" for c in part)
