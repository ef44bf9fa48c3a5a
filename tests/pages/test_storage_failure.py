"""The log cannot be written: every page opens, every action says so and keeps what was typed."""

import pytest

from tests.full_disk import FailingWrites
from tests.pages.every_page import PAGES
from tests.pages.page_checks import check_page
from tests.server_process import DEPLOYED, ROOT, run_server, wait_until

KEY = "a-key-for-the-tests-of-a-full-disk-0123456789"
QUIET = {"CREDIT_SCORING_LOG_LEVEL": "CRITICAL"}  # the log file has the limit too
REASON = "The documents show a higher income."


@pytest.fixture(scope="module")
def server(tmp_path_factory, demo_files):
    """An app with the log of the demo, whose disk can be filled."""
    folder = tmp_path_factory.mktemp("full-disk")
    log = folder / "decisions.db"
    log.write_bytes(demo_files[0].read_bytes())
    variables = {"DATABASE_URL": f"sqlite:///{log}", "CREDIT_SCORING_API_KEY": KEY, **QUIET}
    with run_server(DEPLOYED, ROOT / "models/latest", folder / "log", **variables) as server:
        server.disk = FailingWrites(folder)
        yield server


@pytest.fixture
def full_disk(server):
    """Makes the disk of the server full, and frees it at the end."""

    def fill():
        wait_until(lambda: server.disk.ready(server))
        server.disk.fill(server)

    yield fill
    server.disk.free(server)


def sign_in(page, server):
    page.goto(f"{server.url}/sign-in")
    page.fill("#key", KEY)
    page.click(".sign-in .primary")


def test_every_page_opens(page, server, full_disk):
    sign_in(page, server)
    page.locator(".signed-in").wait_for()
    full_disk()
    for each in PAGES:
        each.open(page, server.url)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_action_says_that_nothing_is_stored(new_page, server, full_disk, language):
    page = new_page(language=language)
    sign_in(page, server)
    page.locator(".signed-in").wait_for()
    full_disk()
    page.guards.allow(503)
    decide(page, server)
    review(page, server)
    server.disk.free(server)
    page.click("form[action*=review] .primary")
    page.locator(".person", has_text="Ada").wait_for()


def decide(page, server):
    page.goto(server.url)
    page.click("#submit")
    words = {"en": "cannot be stored, so none was made", "fr": "ne peut pas être enregistrée"}
    page.locator("#errors:focus", has_text=words[page.get_attribute("html", "lang")]).wait_for()
    assert page.locator("#decision .verdict").count() == 0
    check_page(page)


def review(page, server):
    """The text of a review is on the page that refuses it, and still in its form."""
    next(each for each in PAGES if each.name == "refusal").open(page, server.url)
    page.check("[name=outcome][value=ACCEPTED]")
    page.fill("#review-reviewer", "Ada")
    page.fill("#review-reason", REASON)
    page.click("form[action*=review] .primary")
    page.locator(".problem").wait_for()
    assert page.input_value("#kept") == REASON
    assert page.inner_text("h1") in (
        "The database is not available",
        "La base de données n’est pas disponible",
    )
    check_page(page)
    page.go_back()
    assert page.input_value("#review-reason") == REASON


def test_a_sign_in_that_cannot_be_stored_says_so(page, server, full_disk):
    page.request.get(f"{server.url}/health")
    full_disk()
    page.guards.allow(503)
    sign_in(page, server)
    page.locator("h1", has_text="The database is not available").wait_for()
