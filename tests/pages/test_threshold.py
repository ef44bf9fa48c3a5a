"""In a browser, the page about the threshold: dragging, keyboard, fields, and the same numbers."""

import re

import pytest

from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.serving.pages.threshold.choice import LIMITS, read_number
from credit_scoring.serving.pages.threshold.outcomes import Terms, changes, cheapest, outcomes
from tests.pages.conftest import BUNDLE, PHONE
from tests.pages.page_checks import check_page

READY = "#threshold-page.live"
COMPUTE = """async ({curve, policies}) => {
  const { outcomes, changes, cheapest } = await import("./static/threshold/outcomes.js");
  return policies.map((terms) => ({
    cheapest: cheapest(curve, terms),
    outcomes: curve.thresholds.map((_, index) => outcomes(curve, index, terms)),
    changes: curve.thresholds.map((_, index) => changes(curve, index, 100, terms)),
  }));
}"""
READ = """async ({name, texts, limits}) => {
  const { readNumber } = await import("./static/threshold/notation.js");
  return texts.map((text) => readNumber(name, text, limits));
}"""
TERMS = [Terms(10.0, 1.0, 0.1, 0.75), Terms(1.0, 2.5, 0.03, 0.4), Terms(47.5, 1.0, 0.0, 1.0)]
TEXTS = [
    "0.5",
    "0,5",
    ".25",
    "1,000",
    "0,125",
    "12,345",
    "2",
    "20",
    "9 %",
    "9%",
    "%",
    "x",
    "",
    "1e3",
    "-1",
    "1 000",
]


def open_page(page, root, query=""):
    page.goto(f"{root}/threshold{query}")
    page.locator(READY).wait_for()


@pytest.fixture
def curve():
    return read_manifest(BUNDLE).reference.threshold_curve


def drag(page, start, end, picture=0):
    """Drag from one share of the picture's width to another."""
    drawing = page.locator("svg.drawing:visible").nth(picture)
    drawing.scroll_into_view_if_needed()
    box = drawing.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], y, steps=5)
    page.mouse.up()


def chosen(page):
    return float(re.search(r"threshold=([\d.]+)", page.url)[1])


def assert_same(found, expected):
    for name, estimate in expected.items():
        if estimate is None:
            assert found[name] is None
        else:
            values = [found[name][key] for key in ("value", "low", "high")]
            assert values == pytest.approx([estimate.value, estimate.low, estimate.high], rel=1e-9)


def test_browser_computes_the_same_numbers_as_the_server(page, app_url, curve):
    open_page(page, app_url)
    data = page.evaluate("JSON.parse(document.getElementById('threshold-page').dataset.page)")
    policies = [vars(terms) for terms in TERMS]
    found = page.evaluate(COMPUTE, {"curve": data["curve"], "policies": policies})
    for policy, terms in zip(found, TERMS, strict=True):
        assert policy["cheapest"] == cheapest(curve, terms)
        for index in range(len(curve.thresholds)):
            assert_same(policy["outcomes"][index], outcomes(curve, index, terms))
            assert_same(policy["changes"][index], changes(curve, index, 100, terms))


@pytest.mark.parametrize("name", ["ratio", "threshold"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_browser_reads_numbers_as_the_server_does(new_page, app_url, language, name):
    page = new_page(language=language)
    open_page(page, app_url)
    found = page.evaluate(READ, {"name": name, "texts": TEXTS, "limits": LIMITS[name]})
    assert [tuple(row) for row in found] == [read_number(name, t, language) for t in TEXTS]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_browser_shows_what_the_server_renders(new_page, app_url, language):
    page = new_page(language=language)
    query = "?threshold=0.2&ratio=4&margin=0.2&lgd=0.5"
    source = page.request.get(f"{app_url}/threshold{query}&lang={language}").text()
    page.goto(f"{app_url}/threshold?lang={language}")
    page.locator(READY).wait_for()
    for name, text in {"threshold": "0.2", "ratio": "4", "margin": "0.2", "lgd": "0.5"}.items():
        page.fill(f"#{name}", text)
    page.keyboard.press("Enter")
    texts = """(main) => [...main.querySelectorAll(
      "svg.drawing text, #figures, #outcome, #verdict, [data-preset], #slider-value, #commands"
    )].map((e) => e.textContent.replace(/\\s+/g, " ").trim())"""
    paths = """(main) => [...main.querySelectorAll("svg.drawing path, svg.drawing circle")]
      .map((e) => e.getAttribute("d") ?? [e.getAttribute("cx"), e.getAttribute("cy")].join())
      .map((numbers) => numbers.replace(/\\.0(?!\\d)/g, ""))"""
    parsed = """([html, read]) => eval(read)(
      new DOMParser().parseFromString(html, "text/html").querySelector("main"))"""
    for read in (texts, paths):
        shown = page.locator("main").evaluate(read)
        assert shown == page.evaluate(parsed, [source, read])


def test_dragging_chooses(page, app_url):
    open_page(page, app_url)
    drag(page, 0.4, 0.7)
    assert chosen(page) > 0.25
    assert "Dearer on these applicants" in page.inner_text("#verdict")
    marks = page.locator("[data-part=mark][data-name=chosen] text").all_text_contents()
    assert set(marks) == {f"chosen {100 * chosen(page):.2f}%"}
    drag(page, 0.7, 0.3, picture=1)
    assert chosen(page) < 0.1
    page.reload()
    page.locator(READY).wait_for()
    assert f"{100 * chosen(page):.2f}%" in page.inner_text("#slider-value")


def test_keyboard_chooses(page, app_url, curve):
    open_page(page, app_url, "?threshold=0")
    page.focus("#slider")
    page.keyboard.press("ArrowRight")
    assert chosen(page) == curve.thresholds[1]
    page.keyboard.press("End")
    assert chosen(page) == 1
    assert page.get_attribute("#slider", "aria-valuetext").startswith("100.00%, accepts 100.0%")
    page.focus("#ratio-slider")
    page.keyboard.press("ArrowLeft")
    assert "ratio=9" in page.url
    assert "theoretical 10.00%" in page.inner_text("#threshold-page")
    page.click("[data-preset=theoretical]")
    assert chosen(page) == pytest.approx(0.1, abs=0.002)


def test_wrong_number_is_named_next_to_its_field(page, app_url):
    open_page(page, app_url)
    page.fill("#threshold", "20")
    page.keyboard.press("Enter")
    assert "“20” is not a share from 0 to 1: write 0.2 or 20%" in page.inner_text(
        "#threshold-error"
    )
    assert page.evaluate("document.activeElement.id") == "threshold"
    check_page(page)
    page.fill("#threshold", "0.2")
    page.keyboard.press("Enter")
    assert page.is_hidden("#threshold-error")
    assert chosen(page) == pytest.approx(0.2, abs=0.005)


def test_language_switch_keeps_the_choice(page, app_url):
    open_page(page, app_url)
    page.fill("#ratio", "3")
    page.keyboard.press("Enter")
    page.click("nav a[lang=fr]")
    page.locator(READY).wait_for()
    assert "ratio=3" in page.url
    assert page.input_value("#ratio") == "3"


def test_without_javascript_the_form_chooses(new_page, app_url):
    page = new_page(PHONE, java_script_enabled=False)
    page.goto(f"{app_url}/threshold")
    page.fill("#threshold", "0.3")
    page.fill("#ratio", "2")
    page.click("#show")
    assert "threshold=0.3&ratio=2" in page.url
    assert "Cheaper on these applicants" in page.inner_text("#verdict")
    assert page.is_hidden("#slider")


def test_summary_of_wrong_values_has_the_focus(page, app_url):
    open_page(page, app_url, "?threshold=20&lgd=x")
    assert page.evaluate("document.activeElement.id") == "threshold-errors"
    check_page(page)
