"""The trial: a child process lets LightGBM read a model's text before this process does.

LightGBM's parser is made for files that LightGBM wrote: others can make it abort, crash, loop or
take all memory. Our grammar refuses the known attacks; the child process contains unknown ones.

Protocol: stdin is a line of JSON (`trial`: the kind of model, a key of the child's `TRIALS`; `text`
and `columns`: bytes of the text and columns of the rows; `memory` and `cpu_seconds`: limits), the
text, the rows as float64. stdout is JSON: `values` (rows, or rows × classes) or `refused`. Both are
files, so that neither process waits for the other.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from typing import Any, BinaryIO

import numpy as np

from credit_scoring.bundle.bundle_files import REMEDY
from credit_scoring.bundle.trial_child import OUTPUT_SIZE
from credit_scoring.errors import BundleError
from credit_scoring.estimator.type_aliases import Floats

CHILD = "credit_scoring.bundle.trial_child"
MEMORY = 256 << 20  # bytes that the child may take above its start, and per byte of the text:
MEMORY_PER_BYTE = 16
CPU_SECONDS = 20  # and a second per million bytes of the text
WALL_SECONDS = 120  # long, because a busy machine is slow


def raw_scores_in_child(text: str, rows: Floats, name: str) -> Floats:
    """The raw scores (n,) that LightGBM's model `text` gives the encoded `rows` (n, features).

    BundleError with the file `name` if LightGBM refuses the text, or the child dies, hangs or takes
    too much memory.
    """
    return _values_in_child("risk", text, rows, name)


def term_probabilities_in_child(text: str, loans: Floats, name: str) -> Floats:
    """The probabilities (n, terms) of the term model `text` for `loans` (n, 3).

    The columns are credit, annuity and price of the goods. BundleError as `raw_scores_in_child`.
    """
    return _values_in_child("term", text, loans, name)


def _values_in_child(trial: str, text: str, rows: Floats, name: str) -> Floats:
    answer = _ask_child(trial, text.encode("utf-8", "surrogateescape"), rows, name)
    if "values" not in answer:
        raise BundleError(
            f"{name}: LightGBM does not read the model's text ({answer.get('refused')}); {REMEDY}"
        )
    return np.array(answer["values"], dtype=np.float64)


def _ask_child(trial: str, text: bytes, rows: Floats, name: str) -> dict[str, Any]:
    try:
        with tempfile.TemporaryFile() as request, tempfile.TemporaryFile() as output:
            _write_request(request, trial, text, rows)
            code = _run(request, output)
            output.seek(0)
            data = output.read(OUTPUT_SIZE)
    except OSError as error:
        remedy = "free disk space and memory, then try again"
        raise BundleError(
            f"{name} cannot be tried in a child process ({error}): {remedy}"
        ) from error
    try:
        answer = json.loads(data) if code == 0 else None
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise BundleError(
            f"{name}: LightGBM fails on the model's text: a child process that read it "
            f"{_outcome(code)}. The text is damaged or hostile; {REMEDY}"
        )
    return answer


def _write_request(file: BinaryIO, trial: str, text: bytes, rows: Floats) -> None:
    limits = {
        "memory": MEMORY + MEMORY_PER_BYTE * len(text),
        "cpu_seconds": CPU_SECONDS + len(text) // 1_000_000,
    }
    header = {"trial": trial, "text": len(text), "columns": rows.shape[1], **limits}
    file.write(json.dumps(header).encode() + b"\n" + text + rows.astype(np.float64).tobytes())
    file.seek(0)


def _run(request: BinaryIO, output: BinaryIO) -> int | None:
    """The child's exit code, negative for a signal; None if it had to be stopped."""
    command = [sys.executable, "-P", "-m", CHILD]
    with subprocess.Popen(  # noqa: S603 - our own module
        command,
        stdin=request,
        stdout=output,
        stderr=subprocess.DEVNULL,
        env=_environment(),
        start_new_session=True,
    ) as process:
        try:
            return process.wait(WALL_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return None


def _environment() -> dict[str, str]:
    """No secret of this process; one thread; the same modules."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    paths = os.pathsep.join(os.path.abspath(path) for path in sys.path)  # noqa: PTH100
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**kept, **threads, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}


def _outcome(code: int | None) -> str:
    if code is None:
        return f"did not end within {WALL_SECONDS} seconds"
    if code == -signal.SIGXCPU:
        return "took too much time"
    if code < 0:
        return f"died of {signal.Signals(-code).name}"
    return f"ended with code {code} and no answer"
