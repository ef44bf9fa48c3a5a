"""A headless Chromium for the tests of the pages, guarded pages, and served apps."""

import contextlib
import os
import shutil
import time

import pytest

from tests.pages.chromium import MISSING, find_chromium, start_chromium
from tests.pages.guards import Guards
from tests.server_process import DEPLOYED, ROOT, run_model, run_server

DESKTOP, PHONE = 1280, 390  # CSS pixels
HEIGHT = 844
TIMEOUT = 120_000  # ms for one step; a wrong text fails after it, so not PATIENCE
BUNDLE = ROOT / "models/latest"
SIMULATED = (
    "--weeks", "2", "--per-day", "30", "--shift", "EXT_SOURCE_2:-0.5", "--from-week", "2",
    "--outcomes-after", "1",
)  # fmt: skip


@pytest.fixture(scope="session")
def browser():
    """Chromium, headless. Without it the tests are skipped; TESTS_NEED_CHROMIUM makes them fail."""
    path = find_chromium()
    if path is None:
        (pytest.fail if os.environ.get("TESTS_NEED_CHROMIUM") else pytest.skip)(MISSING)
    with start_chromium(path) as chromium:
        yield chromium


@pytest.fixture
def new_page(browser):
    """Opens guarded pages, each in a browser context of its own: `new_page(width=PHONE)`.

    The test fails if a page writes to its console, sends a request off the machine or gets an
    error; `page.guards.allow(422)` expects one.
    """
    pages = []

    def open_page(width=DESKTOP, language="en", *, dark=False, **options):
        context = browser.new_context(
            viewport={"width": width, "height": HEIGHT}, locale=language,
            color_scheme="dark" if dark else "light", **options,
        )  # fmt: skip
        context.set_default_timeout(TIMEOUT)
        page = context.new_page()
        page.guards = Guards(page)
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.context.close()
    assert [problem for page in pages for problem in page.guards.problems] == []


@pytest.fixture
def page(new_page):
    """A guarded page, 1,280 pixels wide, in English and light."""
    return new_page()


@pytest.fixture
def phone(new_page):
    """A guarded page, 390 pixels wide, in English and light."""
    return new_page(PHONE)


@pytest.fixture(scope="module")
def app_url(tmp_path_factory):
    """The address of a running app with the model of the repository and an empty log."""
    log = tmp_path_factory.mktemp("pages") / "log"
    with run_server(DEPLOYED, BUNDLE, log) as server:
        yield server.url


@pytest.fixture(scope="session")
def demo_files(tmp_path_factory, sample_folder):
    """A log with 420 simulated decisions, and the features of a thousand applicants."""
    folder = tmp_path_factory.mktemp("demo")
    log, store = folder / "decisions.db", folder / "applicants.sqlite"
    run_model("simulate", "--bundle", BUNDLE, "--out", log, *SIMULATED)
    run_model("applicants", "--bundle", BUNDLE, "--data", sample_folder, "--out", store)
    return log, store


@pytest.fixture(scope="session")
def demo_url(tmp_path_factory, demo_files):
    """The address of a running app with the files of `demo_files`.

    All tests of a run share its log: add decisions, but do not count them.
    """
    with run_demo(tmp_path_factory.mktemp("demo-server"), *demo_files) as url:
        yield url


@contextlib.contextmanager
def run_demo(folder, log, store, **variables):
    """An app that serves `store` and a copy of `log` in `folder`; yields its address."""
    copy = shutil.copy(log, folder / "decisions.db")
    variables |= {"DATABASE_URL": f"sqlite:///{copy}", "CREDIT_SCORING_APPLICANTS_PATH": str(store)}
    variables["CREDIT_SCORING_MONITORING_SECONDS"] = "5"
    key = variables.get("CREDIT_SCORING_API_KEY", "")
    with run_server(DEPLOYED, BUNDLE, folder / "log", **variables) as server:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        while server.get("/monitoring/summary", headers=headers).json()["uncounted"]:
            time.sleep(0.2)  # a thread of the app counts the decisions for monitoring
        yield server.url
