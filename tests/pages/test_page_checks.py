"""Each check and each guard finds its defect, and finds none on a sound page."""

from hashlib import sha256

import pytest

from tests.pages.guards import Guards
from tests.pages.page_checks import AXE, check_focus, check_page, focus_defects, page_defects

DIGEST = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"  # axe-core 4.14.1
SOUND = """<!doctype html><html lang="en"><title>Sound</title>
<meta name="viewport" content="width=390">
<style>
  body {{ margin: 0; color: #222; background: #fff; font: 16px/1.5 sans-serif }}
  .bar {{ height: 8px; width: 50px; background: #06c }}
  @media (forced-colors: active) {{ .bar {{ forced-color-adjust: none }} }}
</style>
<main><h1>Sound</h1><p>Text</p><a href="#a">Link</a><p><button>Press</button><div class="bar"></div>
<svg width="200" height="60" role="img" aria-label="A line">
  <text x="10" y="20" font-size="12">One</text><text x="10" y="50" font-size="12">Two</text></svg>
{0}</main>"""
PICTURE = '<svg viewBox="0 0 {0} 30" width="{1}" role="img" aria-label="a">{2}</svg>'
PALE = "@media (forced-colors: active) { .pale { color: #ddd; forced-color-adjust: none }}"
DEFECTS = {
    "overflow": ('<div style="width: 500px">x</div>', "the page is 500 pixels wide"),
    "small text": ('<p style="font-size: 11px">tiny</p>', '"tiny" in <p> has 11.0 pixels'),
    "scaled text": (
        PICTURE.format(120, 60, '<text y="20" font-size="16">scaled</text>'),
        '"scaled" in <text> has 8.0 pixels',
    ),
    "contrast": ('<p style="color: #bbb">pale</p>', "color-contrast (serious)"),
    "label": ('<input name="a">', "label (critical)"),
    "cut text": (
        PICTURE.format(60, 60, '<text x="30" y="20">beyond</text>'),
        '"beyond" is cut off by its picture',
    ),
    "colliding texts": (
        PICTURE.format(90, 90, '<text x="2" y="20">first</text><text x="9" y="20">second</text>'),
        '"first" covers "second"',
    ),
    "lost mark": (
        '<div class="mark" style="height: 9px; width: 9px; background: #a00"></div>',
        "<div.mark> cannot be seen in forced colours",
    ),
    "pale in forced colours": (
        f'<p class="pale">kept</p><style>{PALE}</style>',
        '"kept" in <p.pale> cannot be read in forced colours',
    ),
}


def test_control_out_of_the_reach_of_tab_is_found(phone):
    phone.set_content(SOUND.format('<button tabindex="-1">Mouse only</button>'))
    with pytest.raises(pytest.fail.Exception, match='"Mouse only" cannot be reached by Tab'):
        check_focus(phone)


def test_axe_is_the_published_file():
    assert sha256(AXE.read_bytes()).hexdigest() == DIGEST


def test_a_sound_page_has_no_defect(phone):
    phone.set_content(SOUND.format(""))
    check_page(phone)
    check_focus(phone)


@pytest.mark.parametrize("defect", DEFECTS)
def test_defect_is_found(phone, defect):
    html, message = DEFECTS[defect]
    phone.set_content(SOUND.format(html))
    assert [text for text in page_defects(phone) if message in text]


@pytest.mark.parametrize("key", ["Tab", "Shift+Tab"])
def test_field_behind_a_sticky_bar_is_found(phone, key):
    bar = '<div style="position: fixed; bottom: 0; height: 90px; width: 100%"></div>'
    field = '<label>Name {0} <input style="display: block; margin-bottom: 30px"></label>'
    fields = "".join(field.format(number) for number in range(20))
    phone.set_content(SOUND.format(bar + fields))
    assert [text for text in focus_defects(phone, key) if "covered" in text]


def test_focus_without_a_mark_is_found(phone):
    phone.set_content(SOUND.format('<button style="outline: none">Silent</button>'))
    assert focus_defects(phone, "Tab") == ['<button> "Silent" does not show that it has the focus']


def test_guards_find_messages_errors_and_refusals(browser, app_url):
    page = browser.new_page()
    guards = Guards(page)
    page.goto(f"{app_url}/health")
    page.evaluate("console.log('noise')")
    page.evaluate("fetch('/nowhere')")
    page.evaluate("new Promise(done => { setTimeout(() => bug()); setTimeout(done); })")
    found = "\n".join(guards.problems)
    page.close()
    for problem in ("console log: noise", "404 for", "status of 404", "bug is not defined"):
        assert problem in found
    guards.allow(404)
    assert "404" not in "\n".join(guards.problems)


def test_guards_find_requests_that_leave_the_machine(browser):
    page = browser.new_page()
    guards = Guards(page)
    page.evaluate("fetch('https://example.com').catch(() => {})")
    page.close()
    assert guards.problems[0] == "a request leaves the machine: https://example.com/"
