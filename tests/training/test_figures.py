"""The style of figures: resolution, legends outside the axes, labels that are not cut."""

import doctest
import io

import pytest
from matplotlib import pyplot as plt
from PIL import Image

from credit_scoring.training import figures
from credit_scoring.training.figures import add_legend, figure_style, to_png, wrap_name
from tests.drawn_figures import problems


@pytest.fixture
def axes():
    """Axes with two curves, in a figure of the style."""
    with figure_style():
        figure, axes = plt.subplots()
        axes.plot([0, 1], [0, 1], label="rising")
        axes.plot([0, 1], [1, 0], label="falling")
        yield axes
        plt.close(figure)


def image_of(png):
    return Image.open(io.BytesIO(png))


def test_picture_has_150_dots_per_inch(axes):
    assert image_of(to_png(axes.figure)).info["dpi"] == pytest.approx((150, 150), abs=0.1)


def test_legend_lies_below_the_axes(axes):
    add_legend(axes.figure)
    axes.figure.draw_without_rendering()
    (legend,) = axes.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["rising", "falling"]
    assert legend.get_window_extent().y1 <= axes.get_window_extent().y0
    assert not problems(axes.figure)


def test_legend_on_a_curve_is_detected(axes):
    axes.legend()
    assert "a legend covers" in problems(axes.figure)[0]


@pytest.mark.parametrize("name", ["$a_\\frac$", "cost ($) of ($)", "日本", "a^b_c", "100%", "😀"])
def test_a_lenders_name_of_any_kind_is_drawn(axes, name):
    axes.set_yticks([0], [name])
    assert image_of(to_png(axes.figure)).size[0] > 0


def test_figure_without_labels_has_no_legend():
    with figure_style():
        figure, _ = plt.subplots()
        add_legend(figure)
        assert not figure.legends
        plt.close(figure)


def test_overlapping_labels_are_detected(axes):
    axes.set_xticks([0.50, 0.51], ["first level", "second level"])
    assert "'first level' overlaps 'second level'" in problems(axes.figure)


def test_long_label_is_not_cut(axes):
    axes.set_title("a title that is wider than the figure " * 4)
    png = to_png(axes.figure)
    assert image_of(png).width > axes.title.get_window_extent().width > axes.figure.bbox.width


def test_wrapped_name_keeps_every_character():
    assert doctest.testmod(figures) == (0, 1)
    name = "bureau_active_balance_past_due_last_year_mean_per_previous_count"
    lines = wrap_name(name, 20).splitlines()
    assert "".join(lines) == name
    assert max(map(len, lines)) <= 20
    assert wrap_name("Secondary / secondary special", 20) == "Secondary /\nsecondary special"
