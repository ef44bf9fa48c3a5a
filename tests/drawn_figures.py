"""Every figure that a test saves is checked: resolution, legends, and texts that overlap."""

from itertools import combinations

import pytest

OVERLAP = 2.0  # pixels by which neighbouring texts may overlap: their boxes have a margin


@pytest.fixture
def drawn_figures(monkeypatch):
    """The figures saved by this test, in order; saving one that is hard to read fails."""
    from matplotlib.figure import Figure

    figures = []
    save = Figure.savefig

    def save_and_check(figure, *arguments, **options):
        save(figure, *arguments, **options)
        assert options["bbox_inches"] == "tight", "a long label would be cut"
        found = problems(figure)
        assert not found, found
        figures.append(figure)

    monkeypatch.setattr(Figure, "savefig", save_and_check)
    return figures


def problems(figure):
    """What makes a figure hard to read, in words."""
    figure.draw_without_rendering()
    found = [] if figure.dpi == 150 else [f"{figure.dpi} dpi"]
    found += [f"a legend covers {axes}" for axes in figure.axes if covers(legends(figure), axes)]
    boxes = [(text.get_text(), text.get_window_extent()) for text in visible_texts(figure)]
    for (text, box), (other_text, other_box) in combinations(boxes, 2):
        # shap draws the feature's name again, in black over grey
        drawn_twice = text.endswith(other_text) or other_text.endswith(text)
        if not drawn_twice and overlap(box, other_box) > OVERLAP:
            found.append(f"{text!r} overlaps {other_text!r}")
    return found


def legends(figure):
    inside = [axes.get_legend() for axes in figure.axes]
    return [*figure.legends, *filter(None, inside)]


def covers(legend_list, axes):
    area = axes.get_window_extent()
    return any(overlap(legend.get_window_extent(), area) > OVERLAP for legend in legend_list)


def visible_texts(figure):
    texts = [*figure.texts, figure._suptitle, figure._supxlabel, figure._supylabel]
    for axes in figure.axes:
        texts += [axes.title, axes.xaxis.label, axes.yaxis.label, *axes.texts]
        texts += [*tick_labels(axes.xaxis, 0), *tick_labels(axes.yaxis, 1)]
        texts += [text for child in axes.child_axes for text in tick_labels(child.xaxis, 0)]
    for legend in legends(figure):
        texts += legend.get_texts()
    return [text for text in texts if text and text.get_visible() and text.get_text().strip()]


def tick_labels(axis, dimension):
    """The labels at ticks inside the axes."""
    low, high = sorted(axis.get_view_interval())
    return [
        label for label in axis.get_ticklabels() if low <= label.get_position()[dimension] <= high
    ]


def overlap(box, other):
    """The smaller side of the rectangle that two boxes share; negative if they are apart."""
    width = min(box.x1, other.x1) - max(box.x0, other.x0)
    height = min(box.y1, other.y1) - max(box.y0, other.y0)
    return min(width, height)
