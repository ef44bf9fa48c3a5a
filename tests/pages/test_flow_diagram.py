"""The diagram of the README, as a browser draws it."""

import pytest

from tests.server_process import ROOT

DIAGRAM = ROOT / "docs/flow.svg"
PADDING = 6  # units between a text and the edge of its box
MEASURE = """() => {
  const boxes = [...document.querySelectorAll("rect")].map(box => box.getBBox());
  return [...document.querySelectorAll("text")].map(text => {
    const inner = text.getBBox(), x = inner.x + inner.width / 2, y = inner.y + inner.height / 2;
    const box = boxes.find(b => b.x < x && x < b.x + b.width && b.y < y && y < b.y + b.height);
    const room = box && Math.min(
      inner.x - box.x, box.x + box.width - inner.x - inner.width,
      inner.y - box.y, box.y + box.height - inner.y - inner.height);
    const fill = element => getComputedStyle(element).fill;
    const panel = fill(document.querySelector(".training"));
    return {text: text.textContent, room, colours: [fill(text), panel]};
  });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_fits_its_box_and_differs_from_its_ground(new_page, scheme):
    page = new_page(dark=scheme == "dark")
    page.goto(DIAGRAM.as_uri())
    texts = page.evaluate(MEASURE)
    assert len(texts) == 16
    assert [text for text in texts if not (text["room"] and text["room"] >= PADDING)] == []
    assert all(contrast(*text["colours"]) >= 4.5 for text in texts)


def contrast(*colours):
    """The contrast of two colours "rgb(r, g, b)" by WCAG 2, 4.5 or more for readable text."""
    darker, lighter = sorted(map(luminance, colours))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour):
    channels = [int(value) / 255 for value in colour.removeprefix("rgb(").rstrip(")").split(",")]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
