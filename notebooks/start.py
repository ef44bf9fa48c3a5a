"""Shared start of the notebooks: working directory, paths of data and results, console, progress.

Jupyter runs a notebook in its own folder, where it finds this file. The working directory becomes
the project's root, so that the package is importable and paths are as in the commands.
"""

import os
import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
os.chdir(ROOT)
sys.path.insert(0, str(ROOT))
os.environ["OMP_NUM_THREADS"] = "1"  # as in model.py, before anything imports OpenMP
# tqdm warns that widgets are missing; progress here is lines of text.
warnings.filterwarnings("ignore", "IProgress not found")

from IPython.display import Image
from rich.console import Console

from credit_scoring.progress import Progress
from credit_scoring.settings import load_settings
from credit_scoring.tables.read_tables import ReadOptions

__all__ = ["DATA", "MODEL", "OUT", "READ_OPTIONS", "Image", "console", "progress"]

DATA = Path(os.environ.get("NOTEBOOK_DATA", "data/sample"))  # made by python model.py sample
OUT = Path(os.environ.get("NOTEBOOK_OUT", "reports/notebooks"))  # results kept between runs
MODEL = Path(os.environ.get("NOTEBOOK_MODEL", "models/latest"))
READ_OPTIONS = ReadOptions(load_settings(os.environ).cache_path)
# Plain text, in Jupyter and on the rendered page.
console = Console(width=160, force_jupyter=False, force_terminal=False)
progress = Progress()
