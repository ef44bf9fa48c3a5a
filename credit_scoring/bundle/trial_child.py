"""The child process of a trial: LightGBM reads a model's text and scores some rows.

Started by `model_trial`, which describes the protocol. Reads stdin and writes stdout, holds no
secret and no other descriptor. Whatever LightGBM does with a hostile text happens here.
"""

import json
import os
import resource
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from credit_scoring.estimator.type_aliases import Floats

OUTPUT_SIZE = 1 << 20  # bytes of the answer
DESCRIPTORS = 64
ADDITIVITY = 1e-6  # contributions and raw score are sums of the same numbers in another order
# LightGBM imports these if they are installed, and needs none of them here.
UNUSED_LIBRARIES = ("pandas", "sklearn", "dask", "distributed", "pyarrow", "matplotlib", "graphviz")


def main() -> None:
    """Answer the request on stdin; LightGBM's own messages go nowhere."""
    answer_descriptor = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    request = json.loads(sys.stdin.buffer.readline())
    _limit_all_but_memory(request["cpu_seconds"])
    for name in UNUSED_LIBRARIES:
        sys.modules[name] = None  # type: ignore[assignment]
    import lightgbm  # noqa: F401, PLC0415 - before the limit of memory, which counts from here

    _limit_memory(request["memory"])
    text = sys.stdin.buffer.read(request["text"])
    rows = sys.stdin.buffer.read()
    answer = json.dumps(_try(request["trial"], text.decode(), rows, request["columns"]))
    os.write(answer_descriptor, answer.encode())


def _try(trial: str, text: str, rows: bytes, columns: int) -> dict[str, Any]:
    """What the model gives the rows, or why LightGBM or a check refuses the text."""
    import numpy as np  # noqa: PLC0415
    from lightgbm.basic import LightGBMError  # noqa: PLC0415

    matrix = np.frombuffer(rows, dtype=np.float64).reshape(-1, columns)
    extremes = np.repeat([[np.nan], [0.0], [-1e300], [1e300]], columns, axis=1)
    try:
        values = TRIALS[trial](text, np.concatenate((matrix, extremes)))
        return {"values": values[: len(matrix)].tolist()}
    except (LightGBMError, ValueError, MemoryError) as error:
        return {"refused": f"{type(error).__name__}: {error}"[:1000]}


def _raw_scores(text: str, table: "Floats") -> "Floats":
    """Score and explain as a server does, by row and by table; ValueError if they differ."""
    import lightgbm as lgb  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    from credit_scoring.estimator.single_row import SingleRowPredictor  # noqa: PLC0415

    booster = lgb.Booster(model_str=text)
    scores = np.asarray(booster.predict(table, raw_score=True, num_threads=1))
    contributions = np.asarray(booster.predict(table, pred_contrib=True, num_threads=1))
    if not (np.isfinite(scores).all() and np.isfinite(contributions).all()):
        raise ValueError("a score or a contribution is not a finite number")
    if np.abs(contributions.sum(axis=1) - scores).max() > ADDITIVITY * (1 + np.abs(scores).max()):
        raise ValueError("the contributions do not add up to the raw score")
    single = SingleRowPredictor(booster)
    for row, score in zip(table, scores, strict=True):
        single.predict(row, explain=True)
        if single.predict(row, explain=False)[0] != score:
            raise ValueError("a row alone has another score than in a table")
    booster.feature_importance("gain")
    return scores


def _term_probabilities(text: str, loans: "Floats") -> "Floats":
    """The probabilities of the terms, by row and by table; ValueError if they differ."""
    import numpy as np  # noqa: PLC0415

    from credit_scoring.loan_price.term_model import TERMS, TermModel  # noqa: PLC0415

    model = TermModel.from_text(text)
    probabilities = model.probabilities(*loans.T)
    if probabilities.shape != (len(loans), len(TERMS)) or not np.isfinite(probabilities).all():
        raise ValueError("a probability of a term is not a finite number")
    if np.abs(probabilities.sum(axis=1) - 1).max() > ADDITIVITY:
        raise ValueError("the probabilities of the terms do not add up to 1")
    for loan, of_loan in zip(loans, probabilities, strict=True):
        if not np.array_equal(model.probabilities(*loan[:, None])[0], of_loan):
            raise ValueError("a loan alone has other probabilities than in a table")
    return probabilities


TRIALS: dict[str, Callable[[str, "Floats"], "Floats"]] = {
    "risk": _raw_scores,
    "term": _term_probabilities,
}


def _limit_all_but_memory(cpu_seconds: int) -> None:
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_FSIZE: OUTPUT_SIZE,
        resource.RLIMIT_NOFILE: DESCRIPTORS,
    }
    for name, value in limits.items():
        resource.setrlimit(name, (value, value))


def _limit_memory(size: int) -> None:
    """Let this process take `size` bytes more than it has now; macOS has no such limit."""
    if sys.platform == "linux":
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - no more imports
            pages = int(file.read().split()[0])
        limit = pages * resource.getpagesize() + size
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    main()
