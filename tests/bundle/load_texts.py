"""Load a bundle with each of many texts: python -m tests.bundle.load_texts FOLDER TEXTS.

A line per text: "same" if it gives the golden rows, or "refused".
"""

import json
import sys
from pathlib import Path

from credit_scoring.bundle.bundle_files import read_bundle_files
from credit_scoring.bundle.read_bundle import parse_bundle
from credit_scoring.errors import BundleError
from credit_scoring.scoring.scorer import verified_scorer
from tests.bundle.attacks import files_with_text

files = read_bundle_files(sys.argv[1])
for text in json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")):
    try:
        verified_scorer(parse_bundle(files_with_text(files, text), "mutation"))
    except BundleError:
        print("refused", flush=True)
    else:
        print("same", flush=True)
