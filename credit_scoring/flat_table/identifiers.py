"""Identifiers and codes among whole numbers and texts: their values have no order to learn from."""

import re

import polars as pl

from credit_scoring.flat_table.dates import whole_as_integers
from credit_scoring.flat_table.name_hints import split_words, suggests_identifier

FEW_VALUES = 20  # distinct: whole numbers this few may be codes, personal data has more
MAX_LEVELS = 100  # of a category
DENSE_RANGE = 10  # times the rows: distinct whole numbers in such a range were assigned in order
LEAST_IDENTIFIER = 1000  # the greatest one is at least this: smaller numbers are counts
MAX_NEGATIVE_SHARE = 0.5  # codes for "no value" may be negative
MAX_EXACT = 2**53  # larger whole numbers are not exact as a number of the model
IDENTIFIER_END = (  # the last word of a name
    r"ids?|uid|uuid|guid|no|nr|num|nbr|number|numero|ref|reference|key|hash|identifiant|matricule|"
    r"siret|siren|pk|fk|sk"
)
IDENTIFIER_START = r"id|identifiant|numero|matricule|ref|sk"
ENTITY = (  # a whole name
    r"customer|client|member|account|contract|contrat|dossier|borrower|applicant|emprunteur|"
    r"household|policy|cust|acct|agreement"
)
CODE_END = (
    r"codes?|zip|zipcode|postcode|postal|plz|pincode|insee|branch|agency|agence|guichet|sic|naics|"
    r"naf|nace|ape|mcc|bin|bic|region|zone|state|department|departement|commune|county|district|"
    r"sector|secteur|segment|merchant|dealer|officer|employer|store|shop"
)
CODE_ANYWHERE = r"zip|zipcode|postcode|postal|plz|pincode|insee|naics|mcc"
COUNT = r"(number|num|no|nr|numero) of .*|nombre .*|count .*"
BY_NAME = "an identifier, according to its name"
UNIQUE = "every value is different: most likely an identifier"
HASH = "whole numbers of 16 digits or more: an identifier or a hash"
CODES = f"codes, according to its name: numbers without an order; group to {MAX_LEVELS} levels"
LEADING_ZEROS = "digits with leading zeros: a code or an identifier; group codes to levels"


def reason_of_identifier(values: pl.Series) -> str | None:
    """Why a column of identifiers or codes cannot be a feature; None for others."""
    numbers = whole_as_integers(values).drop_nulls()
    if numbers.n_unique() <= FEW_VALUES:
        return None
    if numbers.dtype.is_integer():
        is_unique = values.dtype.is_integer() and numbers.n_unique() == len(values)
        return UNIQUE if is_unique and _looks_assigned(numbers) else _reason_of_numbers(numbers)
    is_text = values.dtype == pl.String
    return BY_NAME if is_text and is_named_identifier(values.name) else None


def _reason_of_numbers(numbers: pl.Series) -> str | None:
    low, high = int(numbers.min()), int(numbers.max())  # type: ignore[arg-type]
    if max(high, -low) > MAX_EXACT:
        return HASH
    negatives = int((numbers < 0).sum())
    if high < LEAST_IDENTIFIER or negatives > MAX_NEGATIVE_SHARE * len(numbers):
        return None
    if is_named_identifier(numbers.name):
        return BY_NAME
    return CODES if numbers.n_unique() > MAX_LEVELS and is_named_code(numbers.name) else None


def is_named_identifier(name: str) -> bool:
    """Whether a name is that of an identifier: customer_id, member_no, but not no_of_loans."""
    words = split_words(name)
    joined = " ".join(words)
    if not words or re.fullmatch(COUNT, joined):
        return False
    is_entity = re.fullmatch(ENTITY, joined) is not None
    return is_entity or _is(IDENTIFIER_END, words[-1]) or _is(IDENTIFIER_START, words[0])


def is_named_code(name: str) -> bool:
    """Whether a name is that of a code: zip_code, branch."""
    words = split_words(name)
    return any(_is(CODE_ANYWHERE, word) for word in words) or _is(CODE_END, " ".join(words[-1:]))


def _is(pattern: str, word: str) -> bool:
    return re.fullmatch(pattern, word) is not None


def _looks_assigned(values: pl.Series) -> bool:
    """Whether distinct whole numbers were assigned: in order, in a dense range, or by their name.

    The amounts of a small table may all differ as well.
    """
    low, high = int(values.min()), int(values.max())  # type: ignore[arg-type]
    is_ordered = values.is_sorted() or values.is_sorted(descending=True)
    is_dense = high - low < DENSE_RANGE * len(values)
    return is_ordered or is_dense or suggests_identifier(values.name)
