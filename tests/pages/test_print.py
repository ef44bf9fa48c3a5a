"""The pages on paper: nothing to press, and the bars keep their colours."""

import pytest

from tests.pages.every_page import PAGES
from tests.pages.test_explanation import decide

TO_PRESS = """() => [...document.querySelectorAll(".top, footer, .actions, button, .button")]
  .filter(part => part.checkVisibility()).map(part => part.outerHTML.slice(0, 80))"""
COLOURS = "() => getComputedStyle(document.querySelector('main')).printColorAdjust"


@pytest.mark.parametrize("printed", PAGES, ids=lambda page: page.name)
def test_nothing_to_press_is_printed(page, demo_url, printed):
    printed.open(page, demo_url)
    page.emulate_media(media="print")
    assert page.evaluate(TO_PRESS) == []
    assert page.evaluate(COLOURS) == "exact"


def test_a_printed_decision_keeps_its_scale_and_legend(page, app_url):
    decide(page, app_url)
    page.emulate_media(media="print")
    assert page.evaluate(TO_PRESS) == []
    assert page.locator(".start").is_hidden()
    for part in (".verdict", ".scale-of-risk", ".waterfall", ".key >> nth=0"):
        assert page.locator(part).is_visible()
