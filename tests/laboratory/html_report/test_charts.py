"""SVG charts of the reports: geometry, gaps, escaped labels."""

import re
from xml.etree import ElementTree as ET

import pytest

from credit_scoring.laboratory.html_report import svg
from credit_scoring.laboratory.html_report.line_charts import day_bars, intervals, lines
from credit_scoring.laboratory.html_report.share_charts import histogram, small_histogram

DAYS = [f"11-{day:02d}" for day in range(1, 13)]
CHARTS = {
    "histogram": histogram(["a", "b", "missing"], [1, 2, 3], [3, 2, 1], "Title"),
    "no reference": histogram(["a", "b"], None, [0, 0], "Title"),
    "small": small_histogram([1, 2, 0], [0, 0, 0]),
    "bars": day_bars(DAYS, {"accepted": range(12), "refused": [0] * 12}, "Title"),
    "lines": lines(DAYS, {"p50": [None, 1.0, *[2.0] * 10], "p95": [None] * 12}, "Title"),
    "intervals": intervals(["2026-10"], [0.7], [(0.6, 0.8)], "Title", goal=0.75),
    "no days": day_bars([], {"accepted": []}, "Title"),
    "unknown": intervals(["2026-10"], [None], [None], "Title"),
}


def parse(chart):
    return ET.fromstring(chart)  # noqa: S314 - our own output


def numbers_of(chart, path_class):
    (path,) = (e for e in parse(chart) if e.get("class") == path_class)
    return [float(number) for number in re.findall(r"-?[\d.]+", path.get("d"))]


@pytest.mark.parametrize("name", CHARTS)
def test_chart_is_well_formed_and_inside_its_box(name):
    root = parse(CHARTS[name])
    left, top, width, height = map(float, root.get("viewBox").split())
    for element in root:
        for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", element.get("d", "")):
            assert left <= float(x) <= left + width
            assert top <= float(y) <= top + height


def test_bars_stand_on_the_floor_and_the_highest_fills_the_plot():
    left, floor, height, *_ = numbers_of(CHARTS["histogram"], "current")
    assert (floor, height) == (svg.FLOOR, -svg.PLOT_HEIGHT)
    assert left > svg.LEFT


def test_line_is_interrupted_by_days_without_a_value():
    chart = lines(DAYS[:4], {"p50": [1.0, None, 2.0, 3.0]}, "Title")
    (line,) = re.findall(r'class="line p50" d="([^"]*)"', chart)
    assert (line.count("M"), line.count("L")) == (2, 1)


def test_labels_and_notes_are_escaped():
    chart = histogram(["<script>", "&", "missing"], [1, 1, 1], [1, 1, 1], 'a "title" <b>')
    assert "<script>" not in chart
    assert "&lt;script&gt;: 33.33%, reference 33.33%" in chart
    assert parse(chart).get("aria-label") == 'a "title" <b>'
