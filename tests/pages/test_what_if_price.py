"""The what-if panel holds the price of the loan, which would jump with the amount."""

import json
from itertools import pairwise

import pytest

from tests.priced_bundle import requests, write_priced_bundle
from tests.server_process import DEPLOYED, run_server

STEPS = 15  # of the slider, about 1.5 per cent of the amount each
SLIDER = "[data-name=AMT_CREDIT] input"
JUMPY = 39  # an applicant for whom the term that explains the amount jumps


@pytest.fixture(scope="module")
def priced_url(tmp_path_factory):
    """The address of an app whose model knows the amount by the price only."""
    folder = tmp_path_factory.mktemp("priced")
    with run_server(DEPLOYED, write_priced_bundle(folder / "bundle"), folder / "log") as server:
        yield server.url


def test_the_slider_of_the_amount_moves_without_a_jump(page, priced_url):
    features = requests(JUMPY + 1)[JUMPY]
    answers = walk(page, priced_url, features)
    as_new = [ask(page, priced_url, {**features, **overrides}) for overrides, _ in answers]
    assert max(steps(as_new)) > 0.05
    assert max(steps([probability for _, probability in answers])) == 0


def walk(page, url, features):
    """Move the slider; return what was changed in each what-if, and the probability."""
    page.goto(url)
    page.click("#tab-json")
    page.fill("#body", json.dumps({"features": features}))
    page.click("#submit")
    page.focus(SLIDER)
    answers = []
    for _ in range(STEPS):
        with page.expect_response(f"{url}/what-if") as caught:
            page.keyboard.press("ArrowLeft")
        response = caught.value
        body = response.request.post_data_json
        answers.append((body["overrides"], response.json()["probability"]))
    return answers


def ask(page, url, features):
    """The probability of a new application."""
    return page.request.post(f"{url}/what-if", data={"features": features}).json()["probability"]


def steps(values):
    """The differences of neighbours."""
    return [abs(after - before) for before, after in pairwise(values)]
