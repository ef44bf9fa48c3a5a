"""The parts of LightGBM's text around the trees: the header, the importances, the parameters."""

import re
from dataclasses import dataclass

from credit_scoring.bundle.lightgbm_text.refusal import (
    MAX_LINES,
    TextError,
    refusal,
    require_few_lines,
    split_lines,
    wrong_keys,
)

HEADER = "header"
MAX_LINE = 4 << 20  # characters; the longest of ours are feature_infos and tree_sizes
MAX_TREES = 100_000
MIN_TREE_SIZE = 100  # bytes; every tree has 17 lines
KEYS = (
    "tree", "version", "num_class", "num_tree_per_iteration", "label_index", "max_feature_idx",
    "objective", "feature_names", "feature_infos", "tree_sizes",
)  # fmt: skip
OPTIONAL = "monotone_constraints"  # follows feature_names
SIZE = re.compile(r"[1-9][0-9]{2,8}")  # of a tree
DIRECTION = re.compile(r"-1|0|1")
NUMBER = r"-?[0-9][0-9.e+-]{0,31}"
INFO = re.compile(rf"none|\[{NUMBER}:{NUMBER}\]|-?[0-9]{{1,10}}(?::[0-9]{{1,10}}|:-1)*")
IMPORTANCE = re.compile(r"([A-Za-z_0-9]{1,60})=[1-9][0-9]{0,18}")
PARAMETER = re.compile(r"\[([a-z][a-z0-9_]{0,60}): ([^\x00-\x1f\x7f]*)\]")


@dataclass(frozen=True)
class Kind:
    """What a model predicts and from what: `objective` as in the header, `columns` in order.

    A round has as many trees as there are `classes`; a binary model has one.
    """

    objective: str
    classes: int
    columns: tuple[str, ...]

    @property
    def header(self) -> dict[str, str]:
        """The lines of the header with a fixed value."""
        return {
            "tree": "",
            "version": "v4",
            "num_class": str(self.classes),
            "num_tree_per_iteration": str(self.classes),
            "label_index": "0",
            "max_feature_idx": str(len(self.columns) - 1),
            "objective": self.objective,
            "feature_names": " ".join(self.columns),
        }

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters with a fixed value."""
        return {
            "boosting": "gbdt",
            "objective": self.objective.partition(" ")[0],
            "num_class": str(self.classes),
            "linear_tree": "0",
            "sigmoid": "1",
        }


def binary(features: int) -> Kind:
    """The kind of a model of risk, whose columns have no names."""
    return Kind("binary sigmoid:1", 1, tuple(f"Column_{i}" for i in range(features)))


def multiclass(classes: int, columns: tuple[str, ...]) -> Kind:
    """The kind of a model that gives each of several classes a probability."""
    return Kind(f"multiclass num_class:{classes}", classes, columns)


@dataclass(frozen=True)
class Sections:
    """The text, and where each tree begins; the last position is the end of the trees."""

    text: str
    starts: tuple[int, ...]


def split_sections(text: str, kind: Kind) -> Sections:
    """Check all that is not a tree; TextError names the key, its value and what is expected."""
    _require_short_lines(text)
    length = max(text.find("\n\n"), 0)
    require_few_lines(HEADER, text, 0, length)
    sizes = _check_header(text[:length].split("\n"), kind)
    starts = [length + 2]
    for size in sizes:
        starts.append(starts[-1] + size)
    _check_end(text, starts[-1], kind)
    return Sections(text, tuple(starts))


def _require_short_lines(text: str) -> None:
    start = 0
    while len(text) - start > MAX_LINE:
        end = text.rfind("\n", start, start + MAX_LINE + 1)
        if end < 0:
            number = text.count("\n", 0, start) + 1
            raise TextError(f"line {number} has more than {MAX_LINE} characters: expected fewer")
        start = end + 1


def _check_header(lines: list[str], kind: Kind) -> list[int]:
    """Check the header; returns the size of each tree in bytes."""
    keys, values = split_lines(lines)
    header = dict(zip(keys, values, strict=True))
    position = KEYS.index("feature_infos")
    expected = (*KEYS[:position], OPTIONAL, *KEYS[position:]) if OPTIONAL in header else KEYS
    if keys != expected:
        raise wrong_keys(HEADER, keys, expected)
    features = len(kind.columns)
    for key, value in kind.header.items():
        if header[key] != value:
            raise refusal(HEADER, key, header[key], value[:60] or "nothing after it")
    _check_items("feature_infos", header, INFO, features, "none, [low:high] or levels")
    if OPTIONAL in header:
        _check_items(OPTIONAL, header, DIRECTION, features, "-1, 0 or 1")
    count = header["tree_sizes"].count(" ") + 1
    if count > MAX_TREES:
        raise refusal(HEADER, "the number of trees", count, f"at most {MAX_TREES}")
    if count % kind.classes:
        raise refusal(HEADER, "the number of trees", count, f"a multiple of {kind.classes}")
    expected_size = f"the bytes of a tree, at least {MIN_TREE_SIZE}"
    return [int(size) for size in _check_items("tree_sizes", header, SIZE, count, expected_size)]


def _check_items(
    key: str, header: dict[str, str], item: re.Pattern[str], count: int, expected: str
) -> list[str]:
    """The items of a line; TextError unless it has `count`, and all match the pattern `item`."""
    spaces = header[key].count(" ")
    if spaces + 1 != count:
        raise refusal(HEADER, f"the number of items in {key}", spaces + 1, f"{count}")
    items = header[key].split(" ")
    for text in items:
        if not item.fullmatch(text):
            raise refusal(HEADER, f"an item in {key}", text, expected)
    return items


def _check_end(text: str, start: int, kind: Kind) -> None:
    """Check what follows the trees, which begins at `start`."""
    end = "end of trees\n\nfeature_importances:\n"
    if not text.startswith(end, start):
        found = text[start : start + len(end)]
        raise refusal("where tree_sizes ends", "the text", found, repr(end))
    require_few_lines(
        "the part after the trees", text, start, len(text), len(kind.columns) + MAX_LINES
    )
    importances, _, parameters = text[start + len(end) :].partition("\nparameters:\n")
    _check_importances(importances, kind)
    _check_parameters(parameters, kind)


def _check_importances(section: str, kind: Kind) -> None:
    columns = set(kind.columns)
    for line in section.removesuffix("\n").split("\n") if section else []:
        match = IMPORTANCE.fullmatch(line)
        if not match or match[1] not in columns:
            expected = f"{kind.columns[0]} to {kind.columns[-1]} and a whole number"
            raise refusal("feature_importances", "a line", line, expected)


def _check_parameters(section: str, kind: Kind) -> None:
    body, mark, rest = section.partition("\n\nend of parameters\n")
    if not mark or rest != "\npandas_categorical:null\n":
        expected = "end of parameters, then pandas_categorical:null"
        raise refusal("parameters", "the end", (mark + rest)[-60:], expected)
    values: dict[str, str] = {}
    for line in body.split("\n"):
        match = PARAMETER.fullmatch(line)
        if not match or match[1] in values:
            raise refusal("parameters", "a line", line, "[name: value], each name once")
        values[match[1]] = match[2]
    for name, value in kind.parameters.items():
        if values.get(name, value) != value:
            raise refusal("parameters", name, values[name], value)
