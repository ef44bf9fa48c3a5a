"""The grammar's entry point: validates the text of a model."""

from collections.abc import Mapping

from credit_scoring.bundle.bundle_files import REMEDY
from credit_scoring.bundle.lightgbm_text.header import Kind, split_sections
from credit_scoring.bundle.lightgbm_text.refusal import TextError
from credit_scoring.bundle.lightgbm_text.trees import check_trees
from credit_scoring.errors import BundleError


def require_valid_text(text: str, name: str, kind: Kind, levels: Mapping[int, int]) -> None:
    """BundleError unless `text` is a model of its `kind` as our training writes it.

    `levels` are the numbers of levels by the position of a categorical feature. The error names
    the file `name`, the tree, the key, its value, what is expected and the remedy.
    """
    try:
        check_trees(split_sections(text, kind), len(kind.columns), levels)
    except TextError as error:
        raise BundleError(f"{name}: LightGBM's text, {error}; {REMEDY}") from error
