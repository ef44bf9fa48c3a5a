"""fairness.json: read strictly, and kept with the bundle that it belongs to."""

import json
from pathlib import Path

import pytest

from credit_scoring.bundle.bundle_files import CARD_FILE
from credit_scoring.bundle.fairness import FAIRNESS_FILE, MAX_SIZE, parse_fairness
from credit_scoring.bundle.read_bundle import read_bundle
from credit_scoring.errors import BundleError

LATEST = Path(__file__).parents[2] / "models/latest"
CONTENT = (LATEST / FAIRNESS_FILE).read_bytes()


@pytest.fixture(scope="module")
def bundle():
    return read_bundle(LATEST)


def test_the_documents_of_a_bundle_are_kept(bundle):
    assert bundle.documents == {
        name: (LATEST / name).read_bytes() for name in (FAIRNESS_FILE, CARD_FILE)
    }


def test_figures_of_the_repository_are_read(bundle):
    fairness = parse_fairness(CONTENT, FAIRNESS_FILE, bundle.manifest.version)
    assert [row["attribute"] for row in fairness["attributes"]] == ["sex", "age", "marital status"]
    assert fairness["price"]["roc_auc"]["difference"]["real"] is False


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda row: row.pop("group"), r"attributes\.0\.groups\.0\.group: Field required"),
        (lambda row: row.update(applicants="9"), r"groups\.0\.applicants: .*valid integer"),
        (lambda row: row.update(default_rate=1), r"groups\.0\.default_rate"),
        (lambda row: row["default_rate"].update(low=float("nan")), r"default_rate\.low"),
    ],
    ids=["absent", "text", "bare number", "nan"],
)
def test_invalid_figures_are_refused_by_name(bundle, edit, message):
    content = json.loads(CONTENT)
    edit(content["attributes"][0]["groups"][0])
    with pytest.raises(BundleError, match=message):
        parse_fairness(json.dumps(content).encode(), FAIRNESS_FILE, bundle.manifest.version)


def test_large_file_is_refused_unread(bundle):
    with pytest.raises(BundleError, match=r"is larger than \d+ bytes: make them by"):
        parse_fairness(b" " * (MAX_SIZE + 1), FAIRNESS_FILE, bundle.manifest.version)
