"""The geometry of a small histogram: areas are shares."""

import pytest

from credit_scoring.serving.pages.histogram import MIN_WIDTH, bars, number_widths, outline


def shape(shown):
    return [(bar.x, bar.width, bar.height) for bar in shown]


def test_the_open_bins_are_as_wide_as_their_neighbours():
    assert number_widths((0.0, 1.0, 4.0)) == [1.0, 1.0, 3.0, 3.0]
    assert number_widths((5.0,)) == [1.0, 1.0]
    assert number_widths(()) == [1.0]


def test_the_area_of_a_bar_is_its_share():
    shown = bars([10, 10, 20, 0], [1, 3, 1], None, 0)
    assert shape(shown) == [(0, 0.2, 0.5), (0.2, 0.6, 0.167), (0.8, 0.2, 1)]
    assert [bar.is_applicant for bar in shown] == [True, False, False]
    assert outline(shown) == ""


def test_a_narrow_bin_is_still_seen():
    first = bars([50, 50, 0], [0.0001, 1], None, 0)[0]
    assert first.width == pytest.approx(MIN_WIDTH, abs=0.01)


def test_a_spike_does_not_flatten_the_others():
    shown = bars([900, 50, 50, 0], [1, 1, 1], None, 1)
    assert [bar.height for bar in shown] == [1, 0.4, 0.4]


@pytest.mark.parametrize(
    ("missing", "applicant", "is_drawn"), [(0, 0, False), (5, 0, True), (0, 2, True)]
)
def test_missing_values_have_a_bar_apart(missing, applicant, is_drawn):
    shown = bars([10, 10, missing], [1, 1], None, applicant)
    assert [bar.is_missing for bar in shown] == [False, False, *[True] * is_drawn]
    if is_drawn:
        before, last = shown[-2:]
        assert last.x - (before.x + before.width) == pytest.approx(0.06, abs=0.002)
        assert last.x + last.width == pytest.approx(1, abs=0.002)


def test_similar_applicants_are_a_line_of_steps_over_the_known_values():
    shown = bars([10, 10, 5], [1, 1], [20, 10, 0], 0)
    assert [bar.similar for bar in shown] == [1, 0.5, 0]
    assert outline(shown).startswith("M0.000 1V0.000H0.4")
    assert outline(shown).endswith("V1")


def test_a_feature_that_nobody_has_is_drawn():
    assert [bar.height for bar in bars([0, 0, 40], [1, 1], [0, 0, 9], 2)] == [0, 0, 1]
