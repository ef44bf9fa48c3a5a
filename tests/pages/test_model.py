"""In a browser, the page about the model: its search, and a deployment by the keyboard alone."""

import re
import shutil
import time

import pytest

from tests.pages.conftest import PHONE
from tests.pages.page_checks import check_page, measure
from tests.server_process import DEPLOYED, PATIENCE, run_server
from tests.serving.small_bundle import write


@pytest.fixture(scope="module")
def two_versions(tmp_path_factory):
    """The address of an app whose folder has another model than the one in use, and the folder."""
    root = tmp_path_factory.mktemp("versions")
    folder = write(root / "configured")
    store = str(root / "store")
    with run_server(DEPLOYED, folder, root / "log", CREDIT_SCORING_MODEL_STORE=store) as server:
        shutil.rmtree(folder)
        write(folder, seed=1)
        yield server.url, folder


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [("en", "EXTERNAL data source 3", "1 input"), ("fr", "indice normalise externe 3", "1 entrée")],
)
def test_search_shows_matching_inputs(new_page, app_url, language, text, found):
    page = new_page(language=language)
    page.goto(f"{app_url}/model")
    page.fill("#search", text)
    assert page.inner_text("#search-count") == found
    shown = page.locator("#input-list li:visible").all_inner_texts()
    assert len(shown) == 1
    assert "EXT_SOURCE_3" in shown[0]
    page.fill("#search", "")
    assert page.locator("#input-list summary:visible").count() > 1


def test_search_says_that_nothing_matches(page, app_url):
    page.goto(f"{app_url}/model")
    page.fill("#search", "xyzzy")
    assert page.inner_text("#search-count") == "No input matches."
    assert page.locator("#input-list summary:visible").count() == 0


def test_without_javascript_the_inputs_are_a_list(new_page, app_url):
    page = new_page(java_script_enabled=False)
    page.goto(f"{app_url}/model")
    assert page.is_hidden("#search")
    page.locator("#input-list summary").first.click()
    assert page.locator("#input-list li:visible").count() > 0


def wait_for_other_version(page, root, old):
    """The version that is not `old`, when the answering worker has loaded it."""
    for _ in range(PATIENCE * 10):
        version = page.request.get(f"{root}/health").json()["model_version"]
        if version != old:
            return version
        time.sleep(0.1)
    raise AssertionError(f"{root} still answers with version {old}.")


def test_version_is_deployed_and_rolled_back_by_keyboard(page, two_versions):
    root, folder = two_versions
    page.goto(f"{root}/model")
    before = page.request.get(f"{root}/health").json()["model_version"]
    page.fill("#source", str(folder))
    page.keyboard.press("Enter")
    page.locator("#reason").wait_for()
    check_page(page)
    page.guards.allow(422)
    submit = page.locator("form button.primary")
    submit.press("Enter")
    page.locator("#deploy-errors").wait_for()
    assert page.evaluate("document.activeElement.id") == "deploy-errors"
    check_page(page)
    page.locator("#deploy-errors a").press("Enter")
    page.keyboard.type("A newer model")
    submit.press("Enter")
    page.wait_for_url("**/model?deployed=2#versions")
    after = wait_for_other_version(page, root, before)
    notice = page.inner_text("[role=status].notice")
    assert notice == f"Deployment 2 is done: version {after} is in use."
    check_page(page)
    page.locator("#versions a.button").press("Enter")
    page.fill("#reason", "The old one was better")
    submit.press("Enter")
    page.wait_for_url("**/model?deployed=3#versions")
    assert wait_for_other_version(page, root, after) == before


def test_refused_source_is_explained_on_a_phone(new_page, two_versions):
    page = new_page(PHONE, "fr")
    page.guards.allow(422)
    page.goto(f"{two_versions[0]}/model/deploy?source=/etc")
    assert "Cette source n’est pas autorisée" in page.inner_text("#deploy-errors")
    check_page(page)


def test_model_card_is_downloaded(page, app_url):
    page.goto(f"{app_url}/model")
    with page.expect_download() as download:
        page.get_by_text("Download the model card").click()
    assert download.value.suggested_filename == "MODEL_CARD.md"
    assert re.match("# Model card", download.value.path().read_text(encoding="utf-8"))


@pytest.mark.parametrize("selector", [".verdicts li", "main p", "main caption", "h1"])
def test_a_long_name_of_a_lender_stays_inside_the_page(phone, app_url, selector):
    phone.goto(f"{app_url}/model")
    phone.eval_on_selector(selector, "element => { element.textContent = 'x'.repeat(400); }")
    assert measure(phone, "overflow") == []
