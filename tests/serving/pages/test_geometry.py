"""Axes, ticks and paths of the charts with two scales."""

import pytest

from credit_scoring.charts.scale import Scale
from credit_scoring.serving.pages.geometry import Frame, band, line, share_ticks
from credit_scoring.serving.pages.threshold.pictures import rightmost, tick_decimals

FRAME = Frame(100, 80, left=10, right=10, top=5, bottom=5)


@pytest.mark.parametrize(("value", "pixel"), [(0, 10), (1, 90), (0.25, 50), (-1, 10), (4, 90)])
def test_root_axis_gives_small_values_room_and_clips(value, pixel):
    assert FRAME.x(0, 1, is_root=True)(value) == pixel


def test_vertical_axis_points_up():
    axis = FRAME.y(-1, 1)
    assert (axis(-1), axis(0), axis(1)) == (75, 40, 5)


def test_axis_without_extent_stays_at_its_start():
    assert FRAME.x(0, 0)(0) == 10


def test_ticks_are_apart():
    ticks = share_ticks(FRAME.x(0, 1, is_root=True), 20)
    assert [tick for _, tick in ticks] == [0, 0.1, 0.5, 1]


def test_paths():
    assert line([(0, 1.5), (2, 3)]) == "M0,1.5L2,3"
    assert band([0, 1], [5, 6], [2, 3]) == "M0,2L1,3L1,6L0,5Z"


@pytest.mark.parametrize(
    ("low", "high", "decimals"), [(0, 0.9, 2), (0, 1.9, 1), (-20000, 40000, 0), (0, 4, 0)]
)
def test_tick_labels_have_the_decimals_that_they_need(low, high, decimals):
    assert tick_decimals(Scale(low, high).ticks()) == decimals


@pytest.mark.parametrize(
    ("thresholds", "right"), [((0.0, 0.4, 1.0), 0.4), ((0.0, 1.0), 1.0), ((0.1, 0.6), 0.6)]
)
def test_axis_ends_at_the_last_threshold_below_1(thresholds, right):
    assert rightmost(thresholds) == right
