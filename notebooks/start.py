"""What the notebooks begin with: where the data and results are, and how tables, pictures and progress are shown.

Jupyter runs a notebook in its own folder, where this file is found. Here the project's root becomes the working
directory, so that the package is found and paths are as in the commands.
"""

import os
import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
os.chdir(ROOT)
sys.path.insert(0, str(ROOT))
os.environ["OMP_NUM_THREADS"] = "1"  # as model.py sets it, before anything imports OpenMP
warnings.filterwarnings(
    "ignore", "IProgress not found"
)  # tqdm asks for widgets; progress here is lines of text

from IPython.display import Image
from rich.console import Console

from credit_scoring.progress import Progress
from credit_scoring.settings import load_settings
from credit_scoring.tables.read_tables import ReadOptions

__all__ = ["DATA", "MODEL", "OUT", "READING", "Image", "console", "progress"]

DATA = Path(os.environ.get("NOTEBOOK_DATA", "data/sample"))  # python model.py sample makes it
OUT = Path(
    os.environ.get("NOTEBOOK_OUT", "reports/notebooks")
)  # what is kept from one run to the next
MODEL = Path(os.environ.get("NOTEBOOK_MODEL", "models/latest"))
READING = ReadOptions(load_settings(os.environ).cache_path)
console = Console(
    width=150, force_jupyter=False, force_terminal=False
)  # plain text, in Jupyter and on a page alike
progress = Progress()
