"""The notebooks run, are committed without outputs, and their rendered pages are current."""

import re

import nbformat
import pytest

from notebooks.render import (
    INDEX,
    PAGES,
    cell_markdown,
    cell_outputs,
    execute,
    index_page,
    notebook_paths,
    read_notebook,
    render_page,
)
from tests.server_process import DEPLOYED, ROOT, run_server

NOTEBOOKS = pytest.mark.parametrize("path", notebook_paths(), ids=lambda path: path.stem)
MAX_SIZE = 2_000_000  # bytes of all pages and images
# The number of images, and texts that the outputs must contain.
EXPECTED_OUTPUTS = {
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
        ("The best of 4 trials", "theoretical threshold is 0.0909", "Profit per applicant"),
    ),
    "04_explanation_and_fairness": (4, ("REFUSED", "Good refused (FPR)", "four-fifths rule")),
    "05_tracking": (
        0,
        ("evaluate ", "Registered: version 1 (challenger)", "Promoted: version 1 (champion)"),
    ),
    "06_local_api_test": (
        1,
        ("19 decisions, 0 errors", "REFUSED with probability", "422 application/problem+json"),
    ),
}


@pytest.fixture(scope="module")
def app_url(tmp_path_factory):
    """The address of a running app with the repository's model."""
    with run_server(
        DEPLOYED, ROOT / "models/latest", tmp_path_factory.mktemp("server") / "log"
    ) as server:
        yield server.url


@NOTEBOOKS
@pytest.mark.filterwarnings("ignore")  # from the kernel's libraries
def test_notebook_runs_from_top_to_bottom(path, app_url, sample_folder, bundle_folder, tmp_path):
    variables = {"DATA": sample_folder, "MODEL": bundle_folder, "OUT": tmp_path, "URL": app_url}
    notebook = execute(
        path, **{f"NOTEBOOK_{name}": str(value) for name, value in variables.items()}
    )
    image_count, texts = EXPECTED_OUTPUTS[path.stem]
    outputs = [cell_outputs(cell) for cell in notebook.cells]
    assert sum(len(images) for _, images in outputs) == image_count
    text = "\n".join(text for text, _ in outputs)
    assert all(expected in text for expected in texts)
    stderr = "".join(
        output.text
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.get("name") == "stderr"
    )
    progress = re.compile(r"\[ *\d+:\d\d\] |Reading .* …$")
    assert all(progress.match(line) for line in stderr.splitlines()), stderr


@NOTEBOOKS
def test_notebook_asserts_what_its_prose_says(path):
    assert any("assert " in cell.source for cell in read_notebook(path).cells)


@pytest.mark.parametrize(
    ("decision", "message"), [("ACCEPTED", "nobody"), ("REFUSED", "everybody")]
)
def test_api_notebook_stops_if_one_decision_is_missing(decision, message):
    """Its picture and its prose speak of refused and of accepted applicants."""
    (path,) = (path for path in notebook_paths() if path.stem == "06_local_api_test")
    (source,) = (
        cell.source for cell in read_notebook(path).cells if "assert refused" in cell.source
    )
    answer = {"predictions": [{"decision": decision, "probability": 0.1}], "errors": []}
    _, _, checks = source.partition("\ndecisions = ")
    with pytest.raises(AssertionError, match=message):
        exec(f"decisions = {checks}", {"answer": answer})  # noqa: S102 - our own cell


@NOTEBOOKS
def test_notebook_is_committed_without_outputs(path):
    cells = read_notebook(path).cells
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)


@NOTEBOOKS
def test_page_shows_the_current_cells(path):
    text = (PAGES / f"{path.stem}.md").read_text(encoding="utf-8")
    cells = [cell_markdown(cell) for cell in read_notebook(path).cells]
    assert re.findall(r"```python\n.*?\n```", text, re.DOTALL) == [
        cell for cell in cells if cell.startswith("```")
    ]
    positions = [text.find(cell) for cell in cells]
    assert -1 not in positions
    assert positions == sorted(positions)


@NOTEBOOKS
def test_page_has_images_and_no_trace_of_the_machine(path):
    text = (PAGES / f"{path.stem}.md").read_text(encoding="utf-8")
    image_count, texts = EXPECTED_OUTPUTS[path.stem]
    linked = re.findall(r"^!\[.+\]\((.+\.png)\)$", text, re.MULTILINE)
    assert linked == [f"{path.stem}-{i}.png" for i in range(1, image_count + 1)]
    assert all((PAGES / name).read_bytes().startswith(b"\x89PNG") for name in linked)
    assert all(expected in text for expected in texts)
    assert not re.findall(
        r"(?i)warning|traceback|/home/|/users/|/root/|/tmp/|\x1b|\d+:\d\d\] ", text
    )


def test_links_between_pages_work():
    for name in [INDEX, *(f"{path.stem}.md" for path in notebook_paths())]:
        for link in re.findall(r"\]\(([^)#]+)\)", (PAGES / name).read_text(encoding="utf-8")):
            assert (PAGES / link).exists(), f"{name}: {link}"


def test_index_lists_every_notebook():
    assert (PAGES / INDEX).read_text(encoding="utf-8") == index_page()
    images = {
        f"{name}-{i}.png"
        for name, (count, _) in EXPECTED_OUTPUTS.items()
        for i in range(1, count + 1)
    }
    assert {file.name for file in PAGES.iterdir()} == {
        INDEX,
        *(f"{name}.md" for name in EXPECTED_OUTPUTS),
        *images,
    }
    assert sum(file.stat().st_size for file in PAGES.iterdir()) < MAX_SIZE


def test_page_has_text_and_images_without_progress():
    notebook = nbformat.v4.new_notebook(cells=[
        nbformat.v4.new_markdown_cell("# All\n[next](02.ipynb), [catalogue](../docs/features.md)"),
        nbformat.v4.new_markdown_cell("## Why?"),
        nbformat.v4.new_code_cell("draw()", outputs=[
            nbformat.v4.new_output("stream", name="stdout", text="\x1b[1;31mone\x1b[0m \n"),
            nbformat.v4.new_output("stream", name="stderr", text="[0:01] Drawing\n"),
            nbformat.v4.new_output("stream", name="stdout", text="two\n\n"),
            nbformat.v4.new_output("display_data", {"image/png": "UE5H", "text/plain": "<Figure>"}),
        ]),
    ])  # fmt: skip
    text, images = render_page(notebook, "07_all")
    assert "[next](02.md), [catalogue](../features.md)" in text
    assert "```python\ndraw()\n```\n\n```text\none\ntwo\n```\n\n![Why?](07_all-1.png)\n" in text
    assert "Drawing" not in text
    assert images == {"07_all-1.png": b"PNG"}
