"""Hints of a column's name, in English and French: identifiers and codes.

A name is only a hint: a person edits the schema.
"""

import re
import unicodedata

IDENTIFIER_WORD = (
    r"ids?|uid|uuid|guid|no|nr|num|number|numero|ref|reference|key|identifiant|matricule"
)
CODE_WORD = (
    r"codes?|type|classe?|region|zone|status|statut|groupe?|category|categorie|kind|purpose|"
    r"objet|sector|secteur|state|branch|agence|produi?t|product|segment|department|departement|"
    r"zip|postal"
)


def split_words(name: str) -> list[str]:
    """The words of a column's name, without accents.

    >>> split_words("dateNaissance"), split_words("Âge du prêt")
    (['date', 'naissance'], ['age', 'du', 'pret'])
    """
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", bare).lower())


def join_words(name: str) -> str:
    """The words of a name or a level, with one space between them.

    >>> join_words("Marital_Status2"), join_words("M.")
    ('marital status', 'm')
    """
    return " ".join(split_words(name))


def suggests_identifier(name: str) -> bool:
    """Whether a word of the name is "id", "number", "ref" or the like."""
    return _has_word(name, IDENTIFIER_WORD)


def suggests_code(name: str) -> bool:
    """Whether a word of the name is "code", "region", "type" or the like."""
    return _has_word(name, CODE_WORD)


def _has_word(name: str, pattern: str) -> bool:
    return any(re.fullmatch(pattern, word) for word in split_words(name))
