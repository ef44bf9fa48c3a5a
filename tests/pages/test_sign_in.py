"""In a browser: sign-in and sign-out by keyboard, an ended session, links and frames of sites."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.pages.conftest import DESKTOP, PHONE
from tests.pages.key_server import run_with_keys, sign_in, type_key
from tests.pages.page_checks import check_focus, check_page

TEXTS = {
    "en": ("This key is unknown", "You have signed out."),
    "fr": ("Cette clé est inconnue", "Vous êtes déconnecté."),
}
MOST_TABS = 200


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with run_with_keys(tmp_path_factory.mktemp("keys"), "score", "review", "admin") as served:
        yield served


def tab_to(page, selector):
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"Tab does not reach {selector}")


@pytest.mark.parametrize("language", TEXTS)
def test_sign_in_and_sign_out_with_the_keyboard(new_page, served, language):
    root, keys = served
    wrong, signed_out = TEXTS[language]
    page = new_page(language=language)
    page.guards.allow(401, 404)
    page.goto(f"{root}/nowhere")
    tab_to(page, ".visitor a")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{root}/sign-in")
    type_key(page, "wrong")
    page.get_by_role("alert").filter(has_text=wrong).wait_for()
    assert page.evaluate("document.activeElement.id") == "key"
    check_page(page)
    type_key(page, keys["score"])
    page.wait_for_url(f"{root}/")
    tab_to(page, ".signed-in button")
    page.keyboard.press("Enter")
    page.get_by_role("status").filter(has_text=signed_out).wait_for()
    check_page(page)
    page.goto(f"{root}/decisions?limit=5")
    assert page.url == f"{root}/sign-in?next=decisions?limit%3D5"


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("language", TEXTS)
def test_sign_in_and_error_pages_have_no_defect(new_page, served, width, dark, language):
    root, keys = served
    page = new_page(width, language, dark=dark)
    page.guards.allow(403, 404)
    page.goto(f"{root}/sign-in")
    check_page(page)
    check_focus(page)
    sign_in(page, root, keys["score"])
    for path in ("decisions", "nowhere"):
        page.goto(f"{root}/{path}")
        page.locator("#problem-title").wait_for()
        check_page(page)


def test_decision_after_a_new_sign_in_in_another_tab(new_page, served):
    """What was typed stays: the page takes the token of the new session."""
    root, keys = served
    page = new_page()
    page.guards.allow(401, 403)
    sign_in(page, root, keys["score"])
    page.goto(root)
    page.click("#submit")
    page.locator("#decision .verdict").wait_for()
    other = page.context.new_page()
    other.goto(root)
    other.click(".signed-in button")
    other.get_by_role("status").wait_for()
    page.click("#submit")
    page.locator("#errors a").wait_for()
    with page.context.expect_page() as opened:
        page.click("#errors a")
    type_key(opened.value, keys["score"])
    opened.value.locator(".signed-in").wait_for()
    with page.expect_response(lambda r: r.url.endswith("/predict/explain") and r.ok):
        page.click("#submit")
    page.locator("#errors").wait_for(state="hidden")


@pytest.fixture
def other_site():
    """The root of a server of another site than the app's, 127.0.0.1."""

    class OtherSite(BaseHTTPRequestHandler):
        def do_GET(self):
            target = self.path.removeprefix("/?")
            body = '<!doctype html><html lang=en><link rel=icon href="data:,"><title>Other</title>'
            body += f'<a href="{target}">link</a><iframe src="{target}" width=1200 height=800>'
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), OtherSite)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_link_on_another_site_leads_to_the_page_without_a_second_sign_in(
    browser, served, other_site
):
    root, keys = served
    page = browser.new_page()  # without guards: the browser reports on the frame of the other site
    sign_in(page, root, keys["score"])
    page.goto(f"{other_site}/?{root}/decisions?limit=5")
    page.click("a")
    page.locator("#problem-title").wait_for()
    assert page.url == f"{root}/decisions?limit=5"
    assert page.locator(".signed-in").count() == 1
    page.close()


def test_app_in_a_frame_of_a_named_site(browser, other_site, tmp_path):
    """As in a Space: the cookie is partitioned, so it is kept although the site is another."""
    variables = {"SPACE_ID": "me/space", "CREDIT_SCORING_FRAME_ANCESTORS": other_site}
    with run_with_keys(tmp_path, "admin", **variables) as (root, keys):
        page = browser.new_page()  # without guards, as above
        page.goto(f"{other_site}/?{root}/")
        frame = page.frame_locator("iframe")
        frame.locator("#key").fill(keys["admin"])
        frame.locator("#key").press("Enter")
        frame.locator("#submit").click()
        frame.locator(".record a").click()
        frame.locator("#review-reason").fill("The documents show a higher income.")
        frame.locator("[name=outcome][value=REFUSED]").check()
        frame.locator("form[action*=review] .primary").click()
        frame.locator(".person", has_text="admin").wait_for()
        cookies = {cookie["name"]: cookie for cookie in page.context.cookies(root)}
        page.close()
    assert cookies["__Host-credit_scoring_session"]["sameSite"] == "None"


def test_no_other_site_shows_the_app_in_a_frame(browser, served, other_site):
    root, _ = served
    page = browser.new_page()  # without guards: the message is the point
    with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        page.goto(f"{other_site}/?{root}/sign-in")
    page.frames[-1].wait_for_url(re.compile("^chrome-error:"))
    page.close()
