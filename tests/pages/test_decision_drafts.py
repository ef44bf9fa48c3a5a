"""In a browser: what was typed on the page of a decision stays until it is stored."""

import pytest

from credit_scoring.access.sessions import SessionStore
from credit_scoring.database.engine import open_database
from credit_scoring.decisions.decision_log import DecisionLog
from tests.log_entries import log_entry
from tests.pages.key_server import run_with_keys, sign_in, type_key

REASON = "The documents show a higher income."


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("drafts")


@pytest.fixture(scope="module")
def server(folder):
    with run_with_keys(folder, "review") as (url, keys):
        yield url, keys["review"]


@pytest.fixture
def engine(folder, server):  # noqa: ARG001 - the server has made the database
    engine = open_database(f"sqlite:///{folder}/decisions.db")
    yield engine
    engine.dispose()


@pytest.fixture
def accepted(page, server, engine):
    """The id of an accepted decision, whose page is open."""
    entry = log_entry(0.05)
    DecisionLog(engine).append([entry])
    sign_in(page, *server)
    page.goto(f"{server[0]}/decisions/{entry.decision_id}")
    return entry.decision_id


def write_review(page):
    page.get_by_label("Refuse the application").check()
    page.get_by_label("Reason", exact=True).fill(REASON)


def assert_kept(page):
    assert page.get_by_label("Refuse the application").is_checked()
    assert page.get_by_label("Reason", exact=True).input_value() == REASON


def save_review(page):
    page.get_by_role("button", name="Save the review").click()


@pytest.mark.usefixtures("accepted")
def test_outcome_does_not_lose_an_unsaved_review(page):
    write_review(page)
    page.get_by_label("Repaid").check()
    page.get_by_role("button", name="Save the outcome").click()
    page.get_by_text("The outcome is saved.").wait_for()
    assert_kept(page)
    save_review(page)
    page.get_by_text("The review is saved.").wait_for()
    page.reload()
    assert page.get_by_label("Reason", exact=True).input_value() == ""


def end_session(page, engine):
    secret = next(c["value"] for c in page.context.cookies() if c["name"].endswith("session"))
    SessionStore(engine, None, None).end(secret)


def test_review_survives_the_end_of_the_session(page, server, engine, accepted):
    page.guards.allow(401)
    write_review(page)
    end_session(page, engine)
    save_review(page)
    page.get_by_text("Your session has ended. Sign in again: what you typed is kept.").wait_for()
    type_key(page, server[1])
    page.get_by_role("heading", name="Principal reasons").wait_for()
    assert_kept(page)
    save_review(page)
    page.get_by_text("The review is saved.").wait_for()
    assert DecisionLog(engine).find(accepted).last_review.reason == REASON


def test_without_scripts_the_sign_in_has_the_text_to_copy(new_page, server, engine):
    """It is there after a wrong key, too, and the sign-in leads back to the decision."""
    entry = log_entry(0.05)
    DecisionLog(engine).append([entry])
    page = new_page(java_script_enabled=False)
    page.guards.allow(401)
    sign_in(page, *server)
    page.goto(f"{server[0]}/decisions/{entry.decision_id}")
    write_review(page)
    end_session(page, engine)
    save_review(page)
    for key in ("wrong", server[1]):
        assert page.get_by_label("Your text").input_value() == REASON
        assert page.get_by_text("what you typed is kept").is_hidden()
        page.fill("#key", key)
        page.click(".sign-in .primary")
    page.get_by_role("heading", name="Principal reasons").wait_for()


@pytest.mark.usefixtures("accepted")
def test_back_to_a_refused_form_works(page):
    page.guards.allow(422)
    page.get_by_label("Reason", exact=True).fill(REASON)
    save_review(page)
    page.locator(".errors").wait_for()
    page.get_by_role("link", name="All decisions").click()
    page.wait_for_url("**/decisions")
    page.go_back()
    assert page.get_by_label("Reason", exact=True).input_value() == REASON
    page.reload()
    assert page.get_by_label("Reason", exact=True).input_value() == REASON


def test_review_of_somebody_else_is_shown_first(page, engine, accepted):
    page.guards.allow(409)
    write_review(page)
    DecisionLog(engine).add_review(
        accepted, outcome="ACCEPTED", reviewer="B. Singh", reason="I know the shop."
    )
    save_review(page)
    page.get_by_text("B. Singh reviewed this decision meanwhile").wait_for()
    assert_kept(page)
    page.get_by_role("button", name="Save my review nevertheless").click()
    page.get_by_text("The review is saved.").wait_for()
    assert DecisionLog(engine).find(accepted).in_force == "REFUSED"
