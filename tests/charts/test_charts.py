"""Charts: geometry, gaps, escaped labels, the notation of a language."""

import re
from xml.etree import ElementTree as ET

import pytest

from credit_scoring.charts import svg
from credit_scoring.charts.heat_map import heat_map
from credit_scoring.charts.line_charts import day_bars, intervals, lines
from credit_scoring.charts.share_charts import histogram, small_histogram
from credit_scoring.charts.words import ChartWords

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
    (path,) = (e for e in parse(chart).iter("path") if e.get("class") == path_class)
    return [float(number) for number in re.findall(r"-?[\d.]+", path.get("d"))]


@pytest.mark.parametrize("name", CHARTS)
def test_chart_is_well_formed_and_inside_its_box(name):
    root = parse(CHARTS[name])
    plot = root if root.tag == "svg" else root.find("svg")
    left, top, width, height = map(float, plot.get("viewBox").split())
    for element in plot.iter("path"):
        for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", element.get("d", "")):
            assert left <= float(x) <= left + width
            assert top <= float(y) <= top + height


def test_bars_stand_on_the_floor_and_the_highest_fills_the_plot():
    left, floor, height, *_ = numbers_of(histogram(["a"], None, [1], "Title"), "current")
    assert (floor, height) == (svg.HEIGHT, -svg.HEIGHT)
    assert left > 0


def test_line_is_interrupted_by_days_without_a_value():
    chart = lines(DAYS[:6], {"p50": [1.0, None, 2.0, 3.0, None, 4.0]}, "Title")
    (line,) = re.findall(r'class="line p50" d="([^"]*)"', chart)
    assert (line.count("M"), line.count("L")) == (1, 1)
    (dots,) = re.findall(r'class="line dot p50" d="([^"]*)"', chart)
    assert dots.count("M") == 2


def test_labels_and_notes_are_escaped():
    chart = histogram(["<script>", "&", "missing"], [1, 1, 1], [1, 1, 1], 'a "title" <b>')
    assert "<script>" not in chart
    assert "&lt;script&gt;: 33.3%, reference 33.3%" in chart
    assert parse(chart).get("aria-label") == 'a "title" <b>'


def texts_of(chart, css_class):
    (labels,) = (e for e in parse(chart).iter("div") if css_class in e.get("class").split())
    return [span.text for span in labels]


def test_ticks_descend_and_dates_are_spread_from_first_to_last():
    chart = CHARTS["bars"]
    assert texts_of(chart, "ticks") == ["15", "10", "5", "0"]
    labels = texts_of(chart, "labels")
    assert (len(labels), labels[0], labels[-1]) == (5, "11-01", "11-12")


def test_numbers_are_in_the_notation_of_the_language():
    french = ChartWords(
        number=lambda value: f"{value:g}".replace(".", ","),
        percent=lambda share: f"{100 * share:g} %",
        unknown="inconnu",
        reference="référence",
        interval="de {low} à {high}",
    )
    months = intervals(
        ["octobre", "novembre"], [0.7, None], [(0.6, 0.8), None], "AUC", words=french
    )
    assert "octobre: 0,7 (de 0,6 à 0,8)" in months
    assert "novembre: inconnu" in months
    assert "a: 50 %, référence 25 %" in histogram(["a", "b"], [1, 3], [1, 1], "Score", words=french)


def test_heat_map_is_darker_for_a_larger_share():
    chart = heat_map(["1 Nov", "2 Nov"], ["low", "high"], [[9, 1], [0, 0]], "By day")
    cells = {
        path.get("class"): path.get("d").count("M")
        for path in parse(chart).iter("path")
        if path.get("class").startswith("heat")
    }
    assert cells == {"heat heat-1": 1, "heat heat-8": 1}
    assert "1 Nov: low 90%, high 10%" in chart
    assert texts_of(chart, "rows") == ["low", "high"]
