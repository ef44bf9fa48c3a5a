"""Hostile texts of LightGBM, each made from a good one: lies about counts, cycles, bombs.

`files_with_text` puts a text into a bundle whose manifest has the digest, so that only the
reading of the text can refuse it.
"""

import json
import re
from collections.abc import Callable, Mapping

import numpy as np

from credit_scoring.bundle.manifest import MANIFEST_FILE, MODEL_FILE
from credit_scoring.bundle.safe_pickle import load_state
from tests.bundle.crafted import PROTO, STOP, body, built, describing

TREE_KEYS = (
    "num_leaves", "num_cat", "split_feature", "split_gain", "threshold", "decision_type",
    "left_child", "right_child", "leaf_value", "leaf_weight", "leaf_count", "internal_value",
    "internal_weight", "internal_count", "is_linear", "shrinkage",
)  # fmt: skip
ARRAYS = TREE_KEYS[2:14]
HEADER_KEYS = (
    "version", "num_class", "num_tree_per_iteration", "label_index", "max_feature_idx",
    "objective", "feature_names", "feature_infos", "tree_sizes",
)  # fmt: skip
PARAMS = {  # of a model with what the lies need: trees of 8 leaves and categorical splits
    "num_leaves": 8, "feature_fraction": 1.0, "extra_trees": False,
    "min_data_per_group": 2, "cat_smooth": 1.0, "cat_l2": 0.0, "num_iterations": 6,
    "learning_rate": 0.01,
}  # fmt: skip


def files_with_text(files, text):
    """The files of a bundle whose model has `text` for its trees, and the digest to it."""
    state = load_state(files[MODEL_FILE], MODEL_FILE)
    state["fitted"]["model"] = text
    data = PROTO + built(body(state)) + STOP
    manifest = {**json.loads(files[MANIFEST_FILE]), **describing(data)}
    return {**files, MODEL_FILE: data, MANIFEST_FILE: json.dumps(manifest).encode()}


def edited(text, key, value, tree=None):
    """The text with `key=value` in the header, or in the tree of that number; sizes are right.

    `value` may be a function of the old value; None removes the line.
    """
    start = 0 if tree is None else text.index(f"Tree={tree}\n")
    match = re.compile(rf"^{key}=?(.*)\n", re.MULTILINE).search(text, start)
    new = value(match[1]) if isinstance(value, Callable) else value
    line = "" if new is None else f"{key}={new}\n"
    changed = text[: match.start()] + line + text[match.end() :]
    return changed if key == "tree_sizes" else with_sizes(changed)


def with_sizes(text):
    """The text with the right tree_sizes, as far as trees can be found."""
    start, end = text.find("Tree=0\n"), text.find("end of trees")
    if start < 0 or end < start:
        return text
    blocks = re.split(r"(?=^Tree=)", text[start:end], flags=re.MULTILINE)[1:]
    sizes = " ".join(str(len(block.encode("utf-8", "surrogatepass"))) for block in blocks)
    return re.sub(r"^tree_sizes=.*$", f"tree_sizes={sizes}", text, count=1, flags=re.MULTILINE)


def item(index, value):
    """A change of one item of a line."""

    def change(old):
        items = old.split(" ")
        items[index] = value
        return " ".join(items)

    return change


def repeated(text, start):
    """The text with the first line that begins with `start` twice."""
    line = re.search(rf"^{re.escape(start)}.*\n", text, re.MULTILINE)[0]
    return with_sizes(text.replace(line, line + line, 1))


def chain(depth):
    """The lines of a tree of `depth` splits, each below the one before."""
    splits = range(depth)
    right = [*range(1, depth), -depth - 1]
    values = {
        "num_leaves": [depth + 1], "num_cat": [0], "left_child": [-i - 1 for i in splits],
        "right_child": right, "decision_type": [2] * depth, "is_linear": [0], "shrinkage": [1],
    }  # fmt: skip
    ones = {key: [1] * depth for key in TREE_KEYS}
    ones |= {key: [1] * (depth + 1) for key in ("leaf_value", "leaf_weight", "leaf_count")}
    return "".join(
        f"{key}={' '.join(map(str, numbers))}\n" for key, numbers in {**ones, **values}.items()
    )


def with_tree(text, lines):
    """The text with these lines for tree 0."""
    start, end = text.index("Tree=0\n") + len("Tree=0\n"), text.index("Tree=1\n")
    return with_sizes(text[:start] + lines + "\n\n" + text[end:])


def lies(text: str) -> Mapping[str, tuple[str, str]]:
    """Each hostile text by name, with what its refusal says; `text` is of a model with `PARAMS`."""
    header = {
        f"{key} is {value[:30]!r}": (edited(text, key, value), f"header: .*({key}|number of trees)")
        for key, values in {
            "num_class": ("1000000", "0", "-1", "2", " 1"),
            "num_tree_per_iteration": ("0", "1000", "-1"),
            "version": ("v3", "v5", ""),
            "label_index": ("-5", "1"),
            "max_feature_idx": ("-1", "0", "2147483647", "99999999999"),
            "objective": ("multiclass num_class:3", "lambdarank", "binary sigmoid:0", "", "custom"),
            "feature_names": ("", "Column_0", "Column_0 " * 9 + "Column_0"),
            "feature_infos": ("", "none", "none " * 1000 + "none"),
            "tree_sizes": ("", "0", "-1", "99999999999", "600 " * 100_000 + "600"),
        }.items()
        for value in values
    }  # fmt: skip
    sizes = {
        f"the size of tree 1 is {value}": (
            edited(text, "tree_sizes", item(1, value)), r"tree|header: an item in tree_sizes",
        )
        for value in ("0", "-1", "99", "100", "1000", "999999999", "18446744073709551615")
    }  # fmt: skip
    without = {
        f"{key} is missing": (edited(text, key, None), f"header: {key} is absent")
        for key in HEADER_KEYS
    } | {
        f"{key} is missing in tree 1": (edited(text, key, None, 1), f"tree 1: {key} is absent")
        for key in TREE_KEYS
    }
    twice = {
        f"{key} twice": (repeated(text, f"{key}="), f"number of lines '{key}' is 2")
        for key in (*HEADER_KEYS[:4], *TREE_KEYS)
    }
    short = {
        f"{key} of tree 1 has an item too few": (
            edited(text, key, lambda old: old.rpartition(" ")[0], 1),
            rf"tree 1: the number of values in {key} is \d+",
        )
        for key in ARRAYS
    }
    long = {
        f"{key} of tree 1 has an item too many": (
            edited(text, key, lambda old: old + " 0", 1), f"tree 1: the number of values in {key}"
        )
        for key in ARRAYS
    }  # fmt: skip
    return header | sizes | without | twice | short | long | _values(text) | _ends(text)


def _categorical_node(text):
    """The position of the first categorical split of tree 0."""
    types = re.search(r"^decision_type=(.*)$", text, re.MULTILINE)[1].split(" ")
    return next(index for index, kind in enumerate(types) if int(kind) & 1)


def _values(text):
    """Lies about single values of tree 0, about children, category sets, depth."""
    node = _categorical_node(text)
    values = {
        "num_leaves": ("0", "-1", "131073", "2147483647", "4.0", "", "1" * 5000),
        "num_cat": ("-1", "0", "1", "7", "8", "1000000"),
        "is_linear": ("1",),
        "shrinkage": ("nan", "1e999"),
    }
    single = {
        f"{key} is {value[:12]!r}": (edited(text, key, value, 0), "tree 0: ")
        for key, bad in values.items()
        for value in bad
    }
    items = {
        "left_child": ("-1000000", "0", "1000000", "2147483648", "-6", "99999999999999999999"),
        "right_child": ("-1000000", "0", "4"),
        "split_feature": ("-1", "9", "2147483647", "4294967296", "1.5"),
        "split_gain": ("nan", "inf", "1e999", "--1"),
        "threshold": ("nan", "-inf", "0x10", "1_0"),
        "decision_type": ("3", "7", "12", "-1", "255", "256"),
        "leaf_value": ("nan", "inf", "-inf", "1e999", "", "a", "1e308", "-06022787979602159815"),
        "leaf_weight": ("nan", "inf"),
        "leaf_count": ("-1", "2147483648", "0.5", "0", "1000000", "2147483647"),
        "internal_value": ("nan",),
        "internal_count": ("-1", "4294967296", "0", "1000000"),
    }
    single |= {
        f"an item of {key} is {value!r}": (edited(text, key, item(1, value), 0), "tree 0: ")
        for key, bad in items.items()
        for value in bad
    }
    sets = {
        "cat_boundaries": (
            (0, "1"),
            (1, "0"),
            (1, "-1"),
            (1, "1000000"),
            (-1, "1000000"),
            (-1, ""),
        ),
        "cat_threshold": ((0, ""), (0, "-1"), (0, "4294967296"), (0, "1 2 3"), (0, "1.5")),
        "threshold": tuple((node, value) for value in ("-1", "3", "1e9", "0.5", "inf")),
        "split_feature": ((node, "0"),),
        "decision_type": ((node, "8"), (node, "11")),
    }
    single |= {
        f"item {index} of {key} is {value!r} for a category set": (
            edited(text, key, item(index, value), 0), "tree 0: "
        )
        for key, bad in sets.items()
        for index, value in bad
    }  # fmt: skip
    cycle = edited(edited(text, "left_child", item(1, "2"), 0), "left_child", item(2, "1"), 0)
    return single | {
        "two nodes are each other's child": (cycle, "tree 0: left_child is 1: expected a later"),
        "all children are one leaf": (
            edited(text, "left_child", lambda old: " ".join("-1" for _ in old.split()), 0),
            "tree 0: the number of parents of leaf",
        ),
        "every split is categorical": (
            edited(text, "decision_type", lambda old: " ".join("9" for _ in old.split()), 0),
            "tree 0: num_cat is 3: expected 7",
        ),
        "a tree of 100,000 levels": (with_tree(text, chain(100_000)), "tree 0: the depth is"),
        "trees of the wrong numbers": (text.replace("Tree=1\n", "Tree=3\n"), "tree 1: the start"),
        "a tree with a key nobody knows": (
            with_sizes(text.replace("num_cat=", "evil=1\nnum_cat=", 1)), "tree 0: a line is 'evil'",
        ),
        "a million lines in a tree": (
            with_sizes(text.replace("num_cat=", "a=1\n" * 1_000_000 + "num_cat=", 1)),
            "tree 0: the number of lines is",
        ),
    }  # fmt: skip


def _ends(text):
    """Lies before and after the trees, and texts that end too early."""
    end = text.index("end of trees")
    cuts = {
        f"cut after {share:.0%}": (text[: int(len(text) * share)], "")
        for share in np.linspace(0, 0.99, 12)
    }
    replaced = {
        "no end of trees": ("end of trees\n", "", "where tree_sizes ends"),
        "no parameters": ("\nparameters:\n", "\n", "a line|the end"),
        "other classes in the parameters": ("[num_class: 1]", "[num_class: 3]", "num_class is '3'"),
        "linear trees in the parameters": ("[linear_tree: 0]", "[linear_tree: 1]", "linear_tree"),
        "a parameter twice": ("[num_class: 1]", "[num_class: 1]\n[num_class: 1]", "each name once"),
        "a line without brackets": ("[num_class: 1]", "num_class: 1", "a line is 'num_class"),
        "Python data after the end": ("categorical:null", "categorical:[[1]]", "the end is"),
        "something after the end": ("categorical:null\n", "categorical:null\nTree=0\n", "the end"),
        "a NUL": ("version=v4", "version=v4\0", "version is"),
        "a letter outside ASCII": ("is_linear=0", "is_linear=٠", "where tree_sizes ends"),
        "half of a surrogate pair": ("is_linear=0", "is_linear=\ud800", "where tree_sizes ends"),
        "carriage returns": ("\n", "\r\n", "header"),
        "averaged trees": ("feature_names=", "average_output\nfeature_names=", "average_output"),
        "another kind of model": ("tree\nversion", "linear\nversion", "tree is absent"),
        "other monotone constraints": (
            "feature_infos=", "monotone_constraints=1 0\nfeature_infos=", "constraints is 2"
        ),
        "a line of five million characters": (
            "[num_class: 1]", "[x: " + "x" * 5_000_000 + "]", "has more than 4194304 characters"
        ),
    }  # fmt: skip
    changed = {
        name: (with_sizes(text.replace(old, new, -1 if old == "\n" else 1)), message)
        for name, (old, new, message) in replaced.items()
    }
    importances = text.replace("feature_importances:\n", "feature_importances:\nColumn_999=1\n")
    return cuts | changed | {
        "an importance beyond the features": (importances, "a line is 'Column_999=1'"),
        "nothing": ("", "header"),
        "trees alone": (text[text.index("Tree=0") : end], "header"),
    }  # fmt: skip
