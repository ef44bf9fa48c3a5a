"""Merges several LightGBM models into one whose raw score is the mean of theirs.

The text of a LightGBM model is a header, one block of lines `key=value` per tree, and a footer.
In the merged text the features have their positions in the merged model and the leaves the n-th
part of their values. LightGBM writes the final text, importances included.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import lightgbm as lgb
import numpy as np

from credit_scoring.estimator.type_aliases import Floats

END_OF_TREES = "end of trees"
DIVIDED = ("leaf_value", "internal_value")
TOLERANCE = 1e-9  # of the mean raw score: float64 sums in another order
VERIFIED_ROWS = 1000


def merge_boosters(boosters: Sequence[lgb.Booster], matrix: Floats, threads: dict[str, Any]) -> str:
    """Return the model text whose raw score is the mean of the boosters' raw scores.

    A booster's feature `Column_i` is column i of `matrix` (n, k); a booster may lack columns.
    LightGBM predicts the first rows of `matrix` with both: RuntimeError if they disagree.
    `threads` is LightGBM's option for predictions.
    """
    texts = [booster.model_to_string() for booster in boosters]
    if len(texts) == 1:
        return texts[0]
    trees = [tree for text in texts for tree in _trees(text, len(texts))]
    numbered = [f"Tree={number}\n{tree}\n\n\n" for number, tree in enumerate(trees)]
    header = "\n".join(f"{key}={value}" for key, value in _header(texts, matrix.shape[1]))
    footer = texts[0][texts[0].index(END_OF_TREES) :]
    merged = lgb.Booster(model_str=f"{header}\n\n{''.join(numbered)}{footer}")
    _require_mean(merged, boosters, matrix[:VERIFIED_ROWS], {"raw_score": True, **threads})
    return str(merged.model_to_string())


def _header(texts: Sequence[str], width: int) -> Iterator[tuple[str, str]]:
    """Yield the lines of the merged header. Without `tree_sizes`, LightGBM finds the trees."""
    names = [f"Column_{i}" for i in range(width)]
    by_feature: dict[str, dict[str, str]] = {"feature_infos": {}, "monotone_constraints": {}}
    for text in texts:
        lines = _header_lines(text)
        for key, values in by_feature.items():
            values.update(zip(_names(text), lines.get(key, "").split(), strict=False))
    for key, value in _header_lines(texts[0]).items():
        if key == "max_feature_idx":
            yield key, str(width - 1)
        elif key == "feature_names":
            yield key, " ".join(names)
        elif key in by_feature:
            absent = "none" if key == "feature_infos" else "0"
            yield key, " ".join(by_feature[key].get(name, absent) for name in names)
        elif key != "tree_sizes":
            yield key, value


def _header_lines(text: str) -> dict[str, str]:
    lines = text[: text.index("\n\n")].split("\n")
    return {key: value for key, _, value in (line.partition("=") for line in lines)}


def _names(text: str) -> list[str]:
    return _header_lines(text)["feature_names"].split(" ")


def _trees(text: str, parts: int) -> Iterator[str]:
    """Yield the lines of each tree after its number, for the mean of `parts` models."""
    positions = [name.removeprefix("Column_") for name in _names(text)]
    body = text[text.index("\n\n") + 2 : text.index(END_OF_TREES)]
    for block in body.split("Tree=")[1:]:
        lines = block.rstrip("\n").split("\n")[1:]
        yield "\n".join(_tree_line(line, positions, parts) for line in lines)


def _tree_line(line: str, positions: Sequence[str], parts: int) -> str:
    key, _, value = line.partition("=")
    if key == "split_feature":
        value = " ".join(positions[int(feature)] for feature in value.split())
    elif key in DIVIDED:
        value = " ".join(repr(float(number) / parts) for number in value.split())
    return f"{key}={value}"


def _require_mean(
    merged: lgb.Booster, boosters: Sequence[lgb.Booster], rows: Floats, options: dict[str, Any]
) -> None:
    scores = [
        np.asarray(booster.predict(rows[:, _columns(booster)], **options)) for booster in boosters
    ]
    difference = np.abs(np.asarray(merged.predict(rows, **options)) - np.mean(scores, axis=0))
    if not (difference <= TOLERANCE).all():
        raise RuntimeError(
            f"the merged model differs by {difference.max():.3g} from the mean of its boosters: "
            "this version of LightGBM writes another text; fit with n_boosters=1"
        )


def _columns(booster: lgb.Booster) -> list[int]:
    """Return the positions of the booster's columns in the merged model."""
    return [int(name.removeprefix("Column_")) for name in booster.feature_name()]
