"""Take the screenshots of README and docs/monitoring.md: `make screenshots`.

    python -m tests.pages.screenshots BUNDLE [FOLDER]

Simulates twelve weeks of decisions on the sample with a shift in week 6, serves them, and writes
three pictures of pages and one of `monitor --html` to FOLDER, docs by default.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.pages.chromium import MISSING, find_chromium, start_chromium
from tests.server_process import DEPLOYED, ROOT, run_model, run_server

SIMULATED = (
    "--shift", "EXT_SOURCE_2:-0.5", "--shift", "AMT_CREDIT:0.5", "--from-week", "6",
    "--outcomes-after", "4",
)  # fmt: skip
SECOND = 1000  # milliseconds
WIDTH = 1280  # CSS pixels


def refuse_an_applicant(page, root):
    """The page that decides, with the decision on the example that is refused."""
    page.goto(root)
    page.click("[data-kind=refused]")
    page.click("#submit")
    page.locator("#decision .verdict").wait_for()
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")


def open_threshold(page, root):
    page.goto(f"{root}/threshold")


def open_monitoring(page, root):
    """The page of monitoring, once every decision is counted."""
    while page.request.get(f"{root}/monitoring/summary").json()["uncounted"]:
        page.wait_for_timeout(SECOND)
    page.goto(f"{root}/monitoring")


PICTURES = {  # with their heights; the decision last, so that monitoring shows the simulated days
    "page-threshold.png": (open_threshold, 860),
    "page-monitoring.png": (open_monitoring, 1120),
    "page-decide.png": (refuse_an_applicant, 880),
}


REPORT_WIDTH = 1000  # CSS pixels
# Leaves out what is long: the alarms, the list of features, and all rows of drift but the first.
SHORTEN = """() => {
  const titles = [...document.querySelectorAll("h2")];
  const [alarms, drift] = ["Alarms", "Drift"].map(
    text => titles.find(title => title.textContent === text));
  alarms.nextElementSibling.remove();
  alarms.remove();
  drift.nextElementSibling.remove();
  document.querySelectorAll("table tr:nth-child(n + 7)").forEach(row => row.remove());
  document.querySelectorAll("details").forEach(part => part.remove());
  return document.querySelector(".cards > :nth-child(2)").getBoundingClientRect().bottom;
}"""


def take_report(bundle, database, picture, browser):
    """Write the picture of `monitor --html`, shortened."""
    html = Path(database).with_name("report.html")
    variables = {"DATABASE_URL": f"sqlite:///{database}", "CREDIT_SCORING_MODEL_PATH": str(bundle)}
    subprocess.run(  # exit code 1: an alarm is on
        [sys.executable, "model.py", "monitor", "--html", html],
        cwd=ROOT, env={**os.environ, **variables}, check=False, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    page = browser.new_page(viewport={"width": REPORT_WIDTH, "height": 1720}, color_scheme="light")
    page.goto(html.as_uri())
    height = page.evaluate(SHORTEN) + 16
    clip = {"x": 0, "y": 0, "width": REPORT_WIDTH, "height": height}
    page.screenshot(path=picture, clip=clip, full_page=True)
    page.close()
    print(picture)


def prepare(bundle, folder):
    """Simulate the log and store some applicants; returns the settings of the app."""
    database, sample, store = (folder / name for name in ("decisions.db", "sample", "store"))
    run_model("simulate", "--bundle", bundle, "--out", database, *SIMULATED)
    run_model("sample", "--applicants", "500", "--out", sample)
    run_model("applicants", "--bundle", bundle, "--data", sample, "--out", store)
    return {"DATABASE_URL": f"sqlite:///{database}", "CREDIT_SCORING_APPLICANTS_PATH": str(store)}


def take_pictures(root, folder, browser):
    """Write each picture of the app at `root`: light, in English."""
    for name, (show, height) in PICTURES.items():
        viewport = {"width": WIDTH, "height": height}
        page = browser.new_page(viewport=viewport, locale="en", color_scheme="light")
        show(page, root)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=folder / name, animations="disabled")
        page.close()
        print(folder / name)


def main(bundle, folder=ROOT / "docs"):
    path = find_chromium()
    if path is None:
        sys.exit(MISSING.replace("the tests of the pages need", "screenshots need"))
    with tempfile.TemporaryDirectory() as name:
        variables = prepare(bundle, Path(name))
        with (
            run_server(DEPLOYED, bundle, Path(name) / "log", **variables) as server,
            start_chromium(path) as browser,
        ):
            database = Path(name) / "decisions.db"
            take_report(bundle, database, Path(folder) / "monitoring.png", browser)
            take_pictures(server.url, Path(folder), browser)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
