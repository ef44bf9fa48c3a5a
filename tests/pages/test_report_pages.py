"""The HTML reports in a browser: no sideways scrolling, light and dark, without scripts."""

import pytest

from credit_scoring.laboratory.drift.compare_tables import compare_pairs
from credit_scoring.laboratory.drift.drift_page import write_drift_page
from credit_scoring.laboratory.drift.table_pairs import open_pairs
from credit_scoring.laboratory.monitoring_page.monitoring_page import write_monitoring_page
from tests.laboratory.drift.conftest import loans
from tests.laboratory.monitoring_page.summaries import full_summary

LUMINANCE = """
() => ['color', 'backgroundColor'].map(property => {
  const [red, green, blue] = getComputedStyle(document.body)[property].match(/\\d+/g);
  return 0.2 * red + 0.7 * green + 0.1 * blue;
})"""


def drift_page(folder):
    paths = [folder / "before.parquet", folder / "now.parquet"]
    loans().write_parquet(paths[0])
    loans(seed=1).rename({"purpose": "a_column_with_a_long_name_" * 4}).write_parquet(paths[1])
    with open_pairs(*paths) as pairs:
        return write_drift_page(compare_pairs(pairs), made_at="2026-11-28T01:00:00+00:00")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports")
    pages = {"drift": drift_page(folder), "monitoring": write_monitoring_page(full_summary())}
    for name, page in pages.items():
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    return folder


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["drift", "monitoring"])
def test_report_fits_the_screen_in_both_schemes(new_page, files, name, width, scheme):
    page = new_page(width, dark=scheme == "dark")
    page.goto((files / f"{name}.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == width
    text, background = page.evaluate(LUMINANCE)
    assert (background - text > 150) if scheme == "light" else (text - background > 150)
