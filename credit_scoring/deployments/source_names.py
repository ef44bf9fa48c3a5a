"""The text of a source: as recorded, compared, and fixed to one state."""

import re
from pathlib import Path

from credit_scoring.model_sources.fetch import HTTPS_SCHEME
from credit_scoring.model_sources.hugging_face import HUB_SCHEME
from credit_scoring.model_sources.mlflow_registry import REGISTRY_SCHEME

# The repository or registered model, and its revision: hf://owner/name@main, models:/name@alias,
# models:/name/3.
PLACE = re.compile(rf"({HUB_SCHEME}[^/@]+/[^/@]+|{REGISTRY_SCHEME}[^/@]+)([@/].*)?")


def without_secret(source: str) -> str:
    """The source without the query of an address, which may contain a token."""
    return source.partition("?")[0] if source.startswith(HTTPS_SCHEME) else source


def is_same(first: str, second: str) -> bool:
    """Whether two sources are the same; folders are compared as absolute paths.

    >>> is_same("models/latest", "./models/latest/"), is_same("hf://a/b", "hf://a/b@main")
    (True, False)
    """
    if ":/" in first or ":/" in second:
        return without_secret(first) == without_secret(second)
    return Path(first).absolute() == Path(second).absolute()


def place_of(source: str) -> str | None:
    """The repository or registered model; None for a folder or an https:// address.

    >>> place_of("hf://ada/risk@main"), place_of("models:/credit-scoring/3"), place_of("models")
    ('hf://ada/risk', 'models:/credit-scoring', None)
    """
    match = PLACE.fullmatch(source)
    return match and match[1]


def pinned(source: str, revision: str) -> str:
    """The source of exactly this `revision`, if the kind of source has revisions.

    >>> pinned("models:/credit-scoring@champion", "3"), pinned("hf://ada/risk", "0a1b")
    ('models:/credit-scoring/3', 'hf://ada/risk@0a1b')
    """
    place = place_of(source)
    if place is None or not revision:
        return source
    return f"{place}{'/' if place.startswith(REGISTRY_SCHEME) else '@'}{revision}"
