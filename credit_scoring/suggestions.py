"""The hint "did you mean X?" for a name that is not known."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches


def did_you_mean(
    name: str, candidates: Collection[str], labels: Mapping[str, str] | None = None
) -> str:
    """Return " (did you mean X?)", X being the candidate most similar to `name`; "" if none is.

    `labels` gives the text to show for a candidate, if that is not the candidate.

    >>> did_you_mean("AMT_CREDITS", ["AMT_CREDIT", "AMT_ANNUITY"])
    ' (did you mean AMT_CREDIT?)'
    """
    matches = get_close_matches(name, list(candidates), n=1)
    return "".join(f" (did you mean {(labels or {}).get(match, match)}?)" for match in matches)
