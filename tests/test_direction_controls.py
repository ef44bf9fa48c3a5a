"""Characters that change the direction of text are named where they are shown."""

import pytest

from credit_scoring.direction_controls import name_controls
from credit_scoring.laboratory.html_report.render import render_page

OVERRIDE = "\u202e"  # right to left
ISOLATE = "\u2067"


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        (OVERRIDE, "[U+202E]"),
        (f"<td>{OVERRIDE}elaM</td>", "<td>[U+202E]elaM</td>"),
        (f"<td>{ISOLATE}a</td><p>{OVERRIDE}", "<td>[U+2067]a</td><p>[U+202E]"),
        (f'<option value="{OVERRIDE}a">{OVERRIDE}a', f'<option value="{OVERRIDE}a">[U+202E]a'),
        (f"<textarea rows=4>{OVERRIDE}a</textarea>", f"<textarea rows=4>{OVERRIDE}a</textarea>"),
        (
            "<p>\u0645\u0631\u062d\u0628\u0627\u200f, \u00e9t\u00e9",
            "<p>\u0645\u0631\u062d\u0628\u0627\u200f, \u00e9t\u00e9",
        ),
    ],
    ids=["alone", "text", "several", "attribute", "text area", "letters"],
)
def test_controls_in_texts_are_named(html, shown):
    assert name_controls(html) == shown


def test_reports_name_them_too(tmp_path):
    template = tmp_path / "report.html.jinja"
    template.write_text("<td>{{ name }}</td>", encoding="utf-8")
    assert render_page(template, name=f"{OVERRIDE}elaM") == "<td>[U+202E]elaM</td>"
