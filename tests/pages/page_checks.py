"""`check_page(page)`: what must hold of every page, in any state: the one function to call.

axe-core without violations, nothing wider than the window, no text under 12 pixels, no text of a
picture cut off or covered, every mark kept in forced colours. `check_focus(page)` walks the page
by Tab: the focused element is never covered and always marked.
"""

from functools import cache
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
AXE = FOLDER / "vendor/axe-core/axe.min.js"
MOST_STOPS = 400  # presses of Tab
RUN_AXE = """() => axe.run(document, {
  resultTypes: ["violations"],
  rules: {"target-size": {enabled: true}},
}).then(({violations}) => violations.flatMap(({id, impact, nodes}) => nodes.map(
  node => `${id} (${impact}): ${node.target.join(" ")}: ${node.failureSummary}`)))"""
MEASURES = ("overflow", "smallText", "cutTexts", "collidingTexts")


def check_page(page, *, ignored_rules=()):
    """Fails with every defect of the page as it is now."""
    fail_with(page, page_defects(page, ignored_rules=ignored_rules))


def fail_with(page, defects):
    __tracebackhide__ = True
    if defects:
        pytest.fail("\n".join([f"{page.url}: {len(defects)} defects", *defects]))


def page_defects(page, *, ignored_rules=()):
    """The defects of the page in words; `ignored_rules` are ids of axe-core's rules."""
    return [
        *[text for text in axe_violations(page) if text.split(" ")[0] not in ignored_rules],
        *[text for name in MEASURES for text in measure(page, name)],
        *forced_colours_defects(page),
    ]


def axe_violations(page):
    """Violations of any severity, among them contrast and the size of targets.

    The source is evaluated by the debugger, so the Content-Security-Policy stays as it is.
    """
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(source(AXE))
    return page.evaluate(RUN_AXE)


def measure(page, name, *arguments):
    """The result of a function of measures.js."""
    if not page.evaluate("() => 'pageMeasures' in window"):
        page.evaluate(source(FOLDER / "measures.js"))
    return page.evaluate(f"arguments => pageMeasures.{name}(...arguments)", list(arguments))


@cache
def source(path):
    return path.read_text(encoding="utf-8")


def forced_colours_defects(page):
    """Texts that cannot be read in forced colours, and marks that stand out only without them."""
    usual = measure(page, "marks")
    page.emulate_media(forced_colors="active")
    try:
        forced = measure(page, "marks")
        pale = measure(page, "paleTexts")
    finally:
        page.emulate_media(forced_colors="none")
    assert len(usual) == len(forced), "the page changed while it was measured"
    lost = [
        before["name"]
        for before, after in zip(usual, forced, strict=True)
        if before["visible"] and not after["visible"]
    ]
    return [*pale, *(f"{name} cannot be seen in forced colours" for name in dict.fromkeys(lost))]


def check_focus(page, *, repeated="", keys=("Tab", "Shift+Tab")):
    """Walk the page by Tab and back.

    Fails if a focused element is covered or unmarked, and if a control is not reached; `repeated`
    matches controls for the mouse that repeat another one.
    """
    defects = [text for key in keys for text in focus_defects(page, key)]
    fail_with(page, defects + measure(page, "unreached", repeated))


def focus_defects(page, key):
    """The defects of the elements that `key` reaches until the focus leaves the page."""
    defects = []
    measure(page, "focus")
    for _ in range(MOST_STOPS):
        page.keyboard.press(key)
        stop = page.evaluate("pageMeasures.focus()")
        if stop is None:
            return defects
        defects += stop["defects"]
    return [*defects, f"{MOST_STOPS} presses of {key} did not leave the page"]
