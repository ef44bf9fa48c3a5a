"""Where Chromium is, and how it is started: headless, without requests of its own."""

import contextlib
import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    "the tests of the pages need Chromium: on Debian and Ubuntu, apt-get install chromium, "
    "or set CHROMIUM to its path"
)
OPTIONS = (
    "--no-sandbox", "--disable-quic", "--disable-background-networking", "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)  # fmt: skip


def find_chromium():
    """The path of Chromium or Chrome, or None."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@contextlib.contextmanager
def start_chromium(path):
    """A running Chromium of Playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(OPTIONS))
        yield browser
        browser.close()
