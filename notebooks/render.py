"""Run the notebooks on the sample and write what they show to docs/notebooks: `make notebooks`.

A page is Markdown with its pictures beside it: the cells as they stand, and their outputs. Progress, which goes to
stderr, is no part of it. `python -m notebooks.render 01_exploration` makes that page alone.
"""

import base64
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from tests.server_process import DEPLOYED, ROOT, run_server

NOTEBOOKS, PAGES = ROOT / "notebooks", ROOT / "docs/notebooks"
MODEL = ROOT / "models/latest"
LONGEST = 1800  # seconds that a cell may take
INDEX = "README.md"
ABOUT = """\
The [notebooks](../../notebooks), as they ran on the sample; `make notebooks` makes these pages anew. To run one
yourself, open it in an editor that knows notebooks, with `.venv/bin/python` as its kernel (`make test`, `make lint` or
`make notebooks` makes that environment). `NOTEBOOK_DATA` names another folder or zip of tables, `NOTEBOOK_MODEL`
another bundle. Mind that outputs on real data are personal data: the sample is nobody's."""
INLINE = "module://matplotlib_inline.backend_inline"


def paths() -> list[Path]:
    """The notebooks, in their order."""
    return sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))


def executed(path: Path, **variables: str) -> Any:
    """The notebook with its outputs after a run from top to bottom; CellExecutionError where a cell fails.

    It sees no setting of ours but the defaults, and `variables`.
    """
    ours = {
        name: text for name, text in os.environ.items() if not name.startswith("CREDIT_SCORING_")
    }
    fixed = {
        "CREDIT_SCORING_TRACKING": "off",
        "CREDIT_SCORING_CACHE_PATH": "off",
        "MPLBACKEND": INLINE,
    }
    notebook = nbformat.read(path, as_version=4)
    place = {"metadata": {"path": str(NOTEBOOKS)}}
    client = NotebookClient(
        notebook, timeout=LONGEST, resources=place, extra_arguments=["--log-level=ERROR"]
    )
    client.execute(env={**ours, **fixed, **variables})
    return notebook


def title(notebook: Any) -> str:
    """The first heading."""
    return str(notebook.cells[0].source).splitlines()[0].removeprefix("# ")


def shown(cell: Any) -> str:
    """A cell as it stands on a page, without its outputs."""
    if cell.cell_type == "code":
        return f"```python\n{cell.source}\n```"
    return str(cell.source).replace("](../docs/", "](../").replace(".ipynb)", ".md)")


def page(notebook: Any, name: str) -> tuple[str, dict[str, bytes]]:
    """The page of a notebook that was run, and its pictures by file name."""
    parts: list[str] = []
    pictures: dict[str, bytes] = {}
    heading = title(notebook)
    for cell in notebook.cells:
        parts.append(shown(cell))
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            heading = cell.source.splitlines()[0].removeprefix("## ")
        text, images = outputs(cell)
        parts += [f"```text\n{text}\n```"] if text else []
        for image in images:
            file = f"{name}-{len(pictures) + 1}.png"
            pictures[file] = image
            parts.append(f"![{heading}]({file})")
    made = f"Made by `make notebooks` from [{name}.ipynb](../../notebooks/{name}.ipynb)."
    return "\n\n".join([*parts, made]) + "\n", pictures


def outputs(cell: Any) -> tuple[str, list[bytes]]:
    """What a cell printed or gave back as text, and the pictures that it drew."""
    said, images = "", []
    for output in cell.get("outputs", ()):
        data = output.get("data", {})
        if "image/png" in data:
            images.append(base64.b64decode(data["image/png"]))
        elif output.get("name") != "stderr":
            said += data.get("text/plain") or output.get("text", "")
    return "\n".join(line.rstrip() for line in said.strip("\n").splitlines()), images


def index() -> str:
    """The page that lists the pages."""
    lines = [f"- [{title(nbformat.read(path, as_version=4))}]({path.stem}.md)" for path in paths()]
    return "\n".join(["# Notebooks", "", ABOUT, "", *lines, ""])


def render(wanted: list[str]) -> None:
    """Run the notebooks called so, all where none is, and write their pages."""
    PAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        run_server(DEPLOYED, MODEL, Path(folder) / "log") as app,
    ):
        for path in paths():
            if path.stem in (wanted or [path.stem]):
                print(f"{path.name} …", flush=True)
                _write(
                    path.stem,
                    *page(executed(path, NOTEBOOK_URL=app.url, NOTEBOOK_OUT=folder), path.stem),
                )
    (PAGES / INDEX).write_text(index(), encoding="utf-8")


def _write(name: str, text: str, pictures: dict[str, bytes]) -> None:
    for old in PAGES.glob(f"{name}*"):
        old.unlink()
    (PAGES / f"{name}.md").write_text(text, encoding="utf-8")
    for file, content in pictures.items():
        (PAGES / file).write_bytes(content)


if __name__ == "__main__":
    render(sys.argv[1:])
