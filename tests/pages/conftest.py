"""A headless Chromium for the tests of the pages, and a served app."""

import os
import shutil

import pytest

from tests.server_process import DEPLOYED, ROOT, run_server

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    "the tests of the pages need Chromium: on Debian and Ubuntu, apt-get install chromium, "
    "or set CHROMIUM to its path"
)
OPTIONS = ("--no-sandbox", "--disable-quic", "--disable-background-networking", "--no-first-run")


@pytest.fixture(scope="session")
def browser():
    """Chromium, headless. Without it the tests are skipped; TESTS_NEED_CHROMIUM makes them fail."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        (pytest.fail if os.environ.get("TESTS_NEED_CHROMIUM") else pytest.skip)(MISSING)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(OPTIONS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def app_url(tmp_path_factory):
    """The address of a running app with the model of the repository."""
    log = tmp_path_factory.mktemp("pages") / "log"
    with run_server(DEPLOYED, ROOT / "models/latest", log) as server:
        yield server.url
