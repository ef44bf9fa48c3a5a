"""The notebooks run from top to bottom, are committed without outputs, and their pages show them as they are now."""

import re

import nbformat
import pytest

from notebooks.render import INDEX, PAGES, executed, index, outputs, page, paths, shown
from tests.server_process import DEPLOYED, ROOT, run_server

NOTEBOOKS = pytest.mark.parametrize("path", paths(), ids=lambda path: path.stem)
LARGEST = 2_000_000  # bytes of all pages with their pictures
# What a run shows: pictures, and words that a person looks for.
SHOWS = {
    "01_exploration": (
        3,
        ("applicants with a known outcome", "Training accepts this data", "instalments_days_late"),
    ),
    "02_comparison": (
        1,
        ("Cost per applicant, the cheapest first", "Dummy (base rate)", "LightGBM, none"),
    ),
    "03_tuning_and_threshold": (
        2,
        ("The best of 4 tries", "in theory 0.0909", "Profit per applicant"),
    ),
    "04_explanation_and_fairness": (4, ("REFUSED", "Good refused (FPR)", "four-fifths rule")),
    "05_local_api_test": (
        1,
        ("19 decisions, 0 errors", "422 application/problem+json", "EXT_SOURCE_2 is 57"),
    ),
}


@pytest.fixture(scope="module")
def app_url(tmp_path_factory):
    """Where a running app with the model of the repository is."""
    with run_server(
        DEPLOYED, ROOT / "models/latest", tmp_path_factory.mktemp("server") / "log"
    ) as server:
        yield server.url


def read(path):
    return nbformat.read(path, as_version=4)


@NOTEBOOKS
@pytest.mark.filterwarnings("ignore")  # of the kernel's libraries, not ours
def test_a_notebook_runs_from_top_to_bottom(path, app_url, sample_folder, bundle_folder, tmp_path):
    variables = {"DATA": sample_folder, "MODEL": bundle_folder, "OUT": tmp_path, "URL": app_url}
    notebook = executed(
        path, **{f"NOTEBOOK_{name}": str(value) for name, value in variables.items()}
    )
    pictures, words = SHOWS[path.stem]
    found = [outputs(cell) for cell in notebook.cells]
    assert sum(len(images) for _, images in found) == pictures
    text = "\n".join(text for text, _ in found)
    assert all(word in text for word in words)
    said = [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.get("name") == "stderr"
    ]
    noise = "".join(output.text for output in said)
    assert not [line for line in noise.splitlines() if not re.match(r"\[ *\d+:\d\d\] ", line)]


@NOTEBOOKS
def test_a_notebook_is_committed_without_outputs(path):
    cells = read(path).cells
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)


@NOTEBOOKS
def test_the_page_of_a_notebook_shows_its_present_cells(path):
    text = (PAGES / f"{path.stem}.md").read_text(encoding="utf-8")
    cells = [shown(cell) for cell in read(path).cells]
    assert re.findall(r"```python\n.*?\n```", text, re.DOTALL) == [
        cell for cell in cells if cell.startswith("```")
    ]
    places = [text.find(cell) for cell in cells]
    assert -1 not in places
    assert places == sorted(places)


@NOTEBOOKS
def test_a_page_has_its_pictures_and_results_and_nothing_of_the_machine_that_made_it(path):
    text = (PAGES / f"{path.stem}.md").read_text(encoding="utf-8")
    pictures, words = SHOWS[path.stem]
    linked = re.findall(r"^!\[.+\]\((.+\.png)\)$", text, re.MULTILINE)
    assert linked == [f"{path.stem}-{i}.png" for i in range(1, pictures + 1)]
    assert all((PAGES / name).read_bytes().startswith(b"\x89PNG") for name in linked)
    assert all(word in text for word in words)
    assert not re.findall(
        r"(?i)warning|traceback|/home/|/users/|/root/|/tmp/|\x1b|\d+:\d\d\] ", text
    )


def test_a_page_with_a_link_to_a_file_finds_it():
    for name in [INDEX, *(f"{path.stem}.md" for path in paths())]:
        for link in re.findall(r"\]\(([^)#]+)\)", (PAGES / name).read_text(encoding="utf-8")):
            assert (PAGES / link).exists(), f"{name}: {link}"


def test_the_index_lists_every_notebook_and_the_folder_holds_no_other_page():
    assert (PAGES / INDEX).read_text(encoding="utf-8") == index()
    pictures = {
        f"{name}-{i}.png" for name, (count, _) in SHOWS.items() for i in range(1, count + 1)
    }
    assert {file.name for file in PAGES.iterdir()} == {
        INDEX,
        *(f"{name}.md" for name in SHOWS),
        *pictures,
    }
    assert sum(file.stat().st_size for file in PAGES.iterdir()) < LARGEST


def test_a_page_tells_what_a_cell_printed_and_drew_but_not_its_progress():
    notebook = nbformat.v4.new_notebook(cells=[
        nbformat.v4.new_markdown_cell("# All\n[next](02.ipynb), [catalogue](../docs/features.md)"),
        nbformat.v4.new_markdown_cell("## Why?"),
        nbformat.v4.new_code_cell("draw()", outputs=[
            nbformat.v4.new_output("stream", name="stdout", text="one \n"),
            nbformat.v4.new_output("stream", name="stderr", text="[0:01] Drawing\n"),
            nbformat.v4.new_output("stream", name="stdout", text="two\n\n"),
            nbformat.v4.new_output("display_data", {"image/png": "UE5H", "text/plain": "<Figure>"}),
        ]),
    ])  # fmt: skip
    text, pictures = page(notebook, "07_all")
    assert "[next](02.md), [catalogue](../features.md)" in text
    assert "```python\ndraw()\n```\n\n```text\none\ntwo\n```\n\n![Why?](07_all-1.png)\n" in text
    assert "Drawing" not in text
    assert pictures == {"07_all-1.png": b"PNG"}
