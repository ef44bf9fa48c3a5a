"""Runs the notebooks on the sample and writes them with their outputs to docs/notebooks.

A page is Markdown with the notebook's cells, text outputs and linked images. Progress, which goes
to stderr, is left out. `make notebooks` renders all, `python -m notebooks.render 01_exploration`
renders one.
"""

import base64
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from tests.server_process import DEPLOYED, ROOT, run_server

NOTEBOOKS = ROOT / "notebooks"
PAGES = ROOT / "docs/notebooks"
MODEL = ROOT / "models/latest"
CELL_TIMEOUT = 1800  # seconds
INDEX = "README.md"
TERMINAL_STYLE = re.compile(r"\x1b\[[\d;]*m")  # rich prints it in a notebook, next to HTML
INTRODUCTION = """\
The [notebooks](../../notebooks) with their outputs on the sample; `make notebooks` renders these
pages again. To run one, open it in an editor for notebooks, with `.venv/bin/python` as its kernel
(`make test`, `make lint` or `make notebooks` creates that environment). `NOTEBOOK_DATA` names
another folder or zip of tables, `NOTEBOOK_MODEL` another bundle. Outputs on real data are personal
data; the sample is nobody's."""
FIXED_ENVIRONMENT = {
    "CREDIT_SCORING_TRACKING": "off",
    "CREDIT_SCORING_CACHE_PATH": "off",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}


def notebook_paths() -> list[Path]:
    """The notebooks, in order."""
    return sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))


def read_notebook(path: Path) -> Any:
    """The notebook in a file."""
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def execute(path: Path, **variables: str) -> Any:
    """Run a notebook from top to bottom and return it; CellExecutionError if a cell fails.

    Its environment holds `variables`, and no other setting of the app.
    """
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("CREDIT_SCORING_")
    }
    notebook = read_notebook(path)
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        resources={"metadata": {"path": str(NOTEBOOKS)}},
        extra_arguments=["--log-level=ERROR"],
    )
    client.execute(env={**inherited, **FIXED_ENVIRONMENT, **variables})
    return notebook


def notebook_title(notebook: Any) -> str:
    """The first heading."""
    return str(notebook.cells[0].source).splitlines()[0].removeprefix("# ")


def cell_markdown(cell: Any) -> str:
    """A cell without its outputs, as Markdown."""
    if cell.cell_type == "code":
        return f"```python\n{cell.source}\n```"
    return str(cell.source).replace("](../docs/", "](../").replace(".ipynb)", ".md)")


def render_page(notebook: Any, name: str) -> tuple[str, dict[str, bytes]]:
    """The page of an executed notebook, and its images by file name."""
    parts: list[str] = []
    images: dict[str, bytes] = {}
    heading = notebook_title(notebook)
    for cell in notebook.cells:
        parts.append(cell_markdown(cell))
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            heading = cell.source.splitlines()[0].removeprefix("## ")
        text, cell_images = cell_outputs(cell)
        if text:
            parts.append(f"```text\n{text}\n```")
        for image in cell_images:
            file = f"{name}-{len(images) + 1}.png"
            images[file] = image
            parts.append(f"![{heading}]({file})")
    parts.append(f"Made by `make notebooks` from [{name}.ipynb](../../notebooks/{name}.ipynb).")
    return "\n\n".join(parts) + "\n", images


def cell_outputs(cell: Any) -> tuple[str, list[bytes]]:
    """The text, without styles of the terminal, and the PNG images that a cell output."""
    text = ""
    images = []
    for output in cell.get("outputs", ()):
        data = output.get("data", {})
        if "image/png" in data:
            images.append(base64.b64decode(data["image/png"]))
        elif output.get("name") != "stderr":
            text += data.get("text/plain") or output.get("text", "")
    lines = [line.rstrip() for line in TERMINAL_STYLE.sub("", text).strip("\n").splitlines()]
    return "\n".join(lines), images


def index_page() -> str:
    """The page that lists the notebooks."""
    links = [
        f"- [{notebook_title(read_notebook(path))}]({path.stem}.md)" for path in notebook_paths()
    ]
    return "\n".join(["# Notebooks", "", INTRODUCTION, "", *links, ""])


def render(names: list[str]) -> None:
    """Run the named notebooks, or all if none is named, and write their pages."""
    PAGES.mkdir(exist_ok=True)
    selected = [path for path in notebook_paths() if path.stem in names or not names]
    with (
        tempfile.TemporaryDirectory() as folder,
        run_server(DEPLOYED, MODEL, Path(folder) / "log") as app,
    ):
        for path in selected:
            print(f"{path.name} …", flush=True)
            notebook = execute(path, NOTEBOOK_URL=app.url, NOTEBOOK_OUT=folder)
            _write_page(path.stem, *render_page(notebook, path.stem))
    (PAGES / INDEX).write_text(index_page(), encoding="utf-8")


def _write_page(name: str, text: str, images: dict[str, bytes]) -> None:
    for old in PAGES.glob(f"{name}*"):
        old.unlink()
    (PAGES / f"{name}.md").write_text(text, encoding="utf-8")
    for file, content in images.items():
        (PAGES / file).write_bytes(content)


if __name__ == "__main__":
    render(sys.argv[1:])
