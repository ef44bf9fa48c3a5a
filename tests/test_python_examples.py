"""docs/python.md: its examples run in order, as written."""

import re
from pathlib import Path

import pytest

from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.sample import generate_sample
from credit_scoring.tables.read_tables import read_tables
from tests.server_process import ROOT

TEXT = (ROOT / "docs/python.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^## (.*?)\n.*?```python\n(.*?)```", TEXT, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def values(sample_folder, tmp_path_factory):
    """The variables after all examples, run where the sample is at data/sample."""
    folder = tmp_path_factory.mktemp("python-examples")
    (folder / "data").mkdir()
    (folder / "data/sample").symlink_to(sample_folder)
    variables = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for title, code in EXAMPLES:
            exec(compile(code, f"docs/python.md, {title}", "exec"), variables)  # noqa: S102
        variables["folder"] = folder
    return variables


def test_every_section_has_an_example():
    assert [title for title, _ in EXAMPLES] == re.findall(r"^## (.*)$", TEXT, re.MULTILINE)


def test_examples_give_what_the_text_says(values):
    assert sorted(values["table"].features.columns) == sorted(values["names"])
    assert set(values["refused"]) <= {0, 1}
    assert values["low"] < values["high"]
    requests = values["applicants"].head(20).to_dicts()
    decisions = [values["scorer"].score(applicant) for applicant in requests]
    assert values["scores"]["probability"][:20].to_list() == [d.probability for d in decisions]
    assert values["decision"].as_dict() == values["decisions"][0].as_dict()
    assert values["decision"].decision == "REFUSED"
    assert read_manifest(values["folder"] / "models/mine").version == values["scorer"].version


@pytest.mark.parametrize("as_path", [str, Path])
def test_a_path_may_be_text(tmp_path, as_path):
    files = generate_sample(as_path(tmp_path / "sample"), applicants=200)
    assert files
    tables = read_tables(as_path(tmp_path / "sample"), cache=as_path(tmp_path / "cache"))
    assert tables["application"].collect().height
