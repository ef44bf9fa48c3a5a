"""The notebooks run from top to bottom against a running app, and are committed without outputs."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.running import DEPLOYED, ROOT, served

FOLDER = Path(__file__).parent.parent / "notebooks"


@pytest.fixture(scope="module")
def app_url(tmp_path_factory):
    """Where a running app with the model of the repository is."""
    with served(DEPLOYED, ROOT / "models/latest", tmp_path_factory.mktemp("server") / "log") as server:
        yield server.url


@pytest.mark.filterwarnings("ignore")  # of the kernel's libraries, not ours
def test_local_api_test_talks_to_the_app_and_draws(app_url, monkeypatch):
    monkeypatch.setenv("CREDIT_SCORING_URL", app_url)
    notebook = nbformat.read(FOLDER / "local_api_test.ipynb", as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(FOLDER)}}).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    text = "".join(output.get("text", "") for output in outputs)
    assert "422 application/problem+json" in text
    assert "EXT_SOURCE_2 is 57" in text


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.name)
def test_a_notebook_is_committed_without_outputs(path):
    cells = nbformat.read(path, as_version=4).cells
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)
