"""The hint "did you mean X?" for a name that is not known."""

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches

SEPARATORS = re.compile(r"[\W_]+")


def did_you_mean(
    name: str, candidates: Collection[str], labels: Mapping[str, str] | None = None
) -> str:
    """Return " (did you mean X?)", X being the candidate most similar to `name`; "" if none is.

    Case and separators do not count. `labels` gives the text to show for a candidate, if that is
    not the candidate.

    >>> did_you_mean("AMT_CREDITS", ["AMT_CREDIT", "AMT_ANNUITY"])
    ' (did you mean AMT_CREDIT?)'
    >>> did_you_mean("Ext-Source 2", ["EXT_SOURCE_1", "EXT_SOURCE_2"])
    ' (did you mean EXT_SOURCE_2?)'
    """
    simplified: dict[str, str] = {}
    for candidate in candidates:
        simplified.setdefault(_simplify(candidate), candidate)
    matches = (simplified[key] for key in get_close_matches(_simplify(name), simplified, n=1))
    return "".join(f" (did you mean {(labels or {}).get(match, match)}?)" for match in matches)


def _simplify(name: str) -> str:
    """A name without case and separators; unchanged if it has nothing else."""
    return SEPARATORS.sub("", name.casefold()) or name
