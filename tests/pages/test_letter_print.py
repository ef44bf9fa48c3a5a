"""The letter on paper: one page of A4, also with the longest texts; no part of the screen."""

import re
from functools import cache

import pytest

from credit_scoring.database.engine import open_database
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.features.catalogue import full_catalogue
from credit_scoring.scoring.reason_groups import reason_group_of
from credit_scoring.scoring.sentences.sentence import sentence_of
from tests.database_fixtures import migrate_database
from tests.log_entries import log_entry
from tests.pages.page_checks import check_page
from tests.server_process import DEPLOYED, ROOT, run_server

VALUES = (None, 0, 1, 0.437, -1234.5, 123456.7)  # a sentence for each case of its grammar
INPUTS = {"EXT_SOURCE_2": 0.2, "AMT_CREDIT": 450000.0, "instalments_late_mean": 0.1}


def text_of(length):
    return ("Wellesley and Beaumont Mutual Savings " * 99)[: length - 1] + "."


LONG_SETTINGS = {
    "CREDIT_SCORING_LENDER_NAME": text_of(100),
    "CREDIT_SCORING_LENDER_ADDRESS": "; ".join([text_of(48)] * 4),
    "CREDIT_SCORING_LENDER_CONTACT": text_of(200),
    "CREDIT_SCORING_DATA_SOURCES": text_of(300),
    "CREDIT_SCORING_LETTER_NOTICE": text_of(600),
}


def values_of(feature):
    is_variance = feature.name.endswith("_var")
    return [value for value in VALUES if value is None or value >= 0 or not is_variance]


@cache
def longest_sentences(language):
    """The longest sentence of each reason group, the longest first."""
    longest = {}
    for feature in full_catalogue():
        group = reason_group_of(feature)
        if group is None:
            continue
        sentence = sentence_of(feature, language)
        texts = map(sentence, (None, *feature.levels) if feature.levels else values_of(feature))
        longest[group.code] = max([*texts, longest.get(group.code, "")], key=len)
    return sorted(longest.values(), key=len, reverse=True)


def reasons(number):
    """A decision's principal reasons with the longest sentences of the catalogue."""
    return [
        {"code": str(i), "text": {code: longest_sentences(code)[i] for code in ("en", "fr")}}
        for i in range(number)
    ]


@pytest.fixture(scope="module")
def ids(log_file):
    """The ids of a usual refusal, of one with the longest reasons, and of a person's refusal."""
    url = f"sqlite:///{log_file}"
    migrate_database(url)
    engine = open_database(url)
    columns = {"inputs": INPUTS, "applicant_id": "1" * 100}
    entries = {
        "usual": log_entry(0.2, reasons=reasons(2), **columns),
        "longest": log_entry(0.2, reasons=reasons(4), **columns),
        "own words": log_entry(0.05, **columns),
    }
    log = DecisionLog(engine)
    log.append([*entries.values()])
    own = entries["own words"].decision_id
    log.add_review(own, outcome="REFUSED", reviewer="A", reason="\n".join([text_of(39)] * 50))
    engine.dispose()
    return {name: entry.decision_id for name, entry in entries.items()}


@pytest.fixture(scope="module")
def log_file(tmp_path_factory):
    return tmp_path_factory.mktemp("letters") / "log.db"


@pytest.fixture(scope="module", params=["long settings", "no settings"])
def url(request, ids, log_file):  # noqa: ARG001 - the log is filled first
    settings = LONG_SETTINGS if request.param == "long settings" else {}
    database = {"DATABASE_URL": f"sqlite:///{log_file}"}
    log = log_file.with_suffix(".txt")
    with run_server(DEPLOYED, ROOT / "models/latest", log, **database, **settings) as server:
        yield server.url


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", ["usual", "longest", "own words"])
def test_letter_is_one_page_of_a4(page, url, ids, name, language):
    page.goto(f"{url}/decisions/{ids[name]}/letter?letter={language}")
    check_page(page)
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    width, height = map(float, re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf).groups())
    assert (round(width), round(height)) == (595, 842)  # points


def test_paper_has_the_letter_only(page, url, ids):
    page.goto(f"{url}/decisions/{ids['usual']}/letter?lang=en")
    page.emulate_media(media="print")
    visible = page.inner_text("body")
    assert "Dear applicant" in visible
    for hidden in ("Print", "Back to the decision", "Not set yet", "Decisions", "HTTP API"):
        assert hidden not in visible


def test_what_is_typed_into_a_blank_is_printed(page, url, ids):
    page.goto(f"{url}/decisions/{ids['usual']}/letter?lang=en")
    page.get_by_role("textbox", name="Name and address of the applicant").click()
    page.keyboard.type("Ada Martin")
    page.keyboard.press("Enter")
    page.keyboard.type("1 Lilac Street")
    page.emulate_media(media="print")
    assert page.inner_text(".blank.address").split("\n") == ["Ada Martin", "1 Lilac Street"]


def test_button_prints(page, url, ids):
    page.add_init_script("window.print = () => { window.printed = true; }")
    page.goto(f"{url}/decisions/{ids['usual']}/letter?lang=en")
    page.get_by_role("button", name="Print").click()
    assert page.evaluate("window.printed")
