"""Protected attributes of an applicant, recognised by a column's name and by its levels.

Law: the Equal Credit Opportunity Act (Regulation B, 12 CFR 1002.2(z)) and directive (EU) 2023/2225,
article 6. A name is only a hint: a person edits the schema.
"""

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from credit_scoring.contracts.contract import Use
from credit_scoring.flat_table import protected_words as words_of
from credit_scoring.flat_table.name_hints import join_words

PROHIBITED = "|".join(words_of.PROHIBITED)
RESTRICTED = "|".join(words_of.BIRTH)
AGE = "|".join(words_of.AGE)
OF_PERSON_OR_THING = "|".join(words_of.OF_PERSON_OR_THING)
THING = rf"({'|'.join(words_of.THING)})\b"
PERSON_LAST = rf"({'|'.join(words_of.PERSON)})( ages?\b.*)?$"


class SensitiveHint(NamedTuple):
    """What suggests a protected attribute: its use, and "name" or "levels"."""

    use: Use
    evidence: str


def sensitive_hint(name: str, levels: Collection[str] = ()) -> SensitiveHint | None:
    """The protected attribute that a column's name or its levels suggest, or None."""
    if use := _use_by_name(join_words(name)):
        return SensitiveHint(use, "name")
    if use := _use_by_levels(levels):
        return SensitiveHint(use, "levels")
    return None


def _use_by_name(words: str) -> Use | None:
    """The use that the words of a name suggest.

    >>> _use_by_name("personal status"), _use_by_name("car age"), _use_by_name("car owner age")
    ('prohibited', None, 'restricted')
    """
    is_of_thing = _has(THING, words) and not _has(PERSON_LAST, words)
    if _has(PROHIBITED, words) or (_has(OF_PERSON_OR_THING, words) and not is_of_thing):
        return "prohibited"
    if _has(RESTRICTED, words) or (_has(AGE, words) and not is_of_thing):
        return "restricted"
    return None


def _has(pattern: str, words: str) -> bool:
    return re.search(rf"\b(?:{pattern})", words) is not None


def _use_by_levels(levels: Collection[str]) -> Use | None:
    """The use that the levels of a category suggest.

    >>> _use_by_levels(["F", "M", "unknown"]), _use_by_levels(["Black", "White", "Red"])
    ('prohibited', None)
    """
    texts = [join_words(level) for level in levels]
    is_personal = any(
        _are_only(group, texts) for group in (words_of.SEX_LEVELS, words_of.TITLE_LEVELS)
    )
    if is_personal or any(_reveals(group, texts) for group in words_of.LEVEL_GROUPS):
        return "prohibited"
    starts_at_18 = any(re.fullmatch(words_of.FIRST_AGES, level) for level in levels)
    return "restricted" if starts_at_18 else None


def _are_only(group: frozenset[str], texts: Iterable[str]) -> bool:
    """Whether two of the texts or more belong to the group, and the others mean "unknown"."""
    distinct = set(texts)
    return len(distinct & group) > 1 and distinct <= group | words_of.OTHER_LEVELS


def _reveals(group: Iterable[str], texts: Iterable[str]) -> bool:
    """Whether the texts have two words of the group, not only colours."""
    pattern = rf"\b(?:{'|'.join(group)})\b"
    matches = {word for text in texts for word in re.findall(pattern, text)}
    return len(matches) > 1 and not matches <= words_of.COLOURS
