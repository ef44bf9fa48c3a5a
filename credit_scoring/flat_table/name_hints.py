"""Hints of a column's name, in English and French: protected attributes, personal data, ids, codes.

Law: the Equal Credit Opportunity Act (Regulation B, 12 CFR 1002.2(z)) and directive (EU) 2023/2225,
article 6. A name is only a hint: a person edits the schema.
"""

import re
import unicodedata

from credit_scoring.contracts.contract import Use

# *_WORD matches a whole word of a name, *_PART any part of the name without spaces.
PROHIBITED_WORD = r"sex|sexe|gender|genre|race|colou?r|married|wife|husband|handicap|foreign"
PROHIBITED_PART = (
    r"gender|marital|matrimonial|familystatus|situationfamiliale|civilstatus|etatcivil|civilite|"
    r"ethni|racial|religio|nationalit|nationalorigin|citizenship|citoyennete|birthplace|"
    r"placeofbirth|countryofbirth|lieu(de)?naissance|pays(de)?naissance|disabilit|pregnan|"
    r"grossesse|sexual|tradeunion|syndica|foreignworker|publicassistance"
)
RESTRICTED_WORD = r"age|dob|ddn"
RESTRICTED_PART = r"birth|naissance"
THING_WORD = (  # a thing that has an age or a colour itself
    r"cars?|vehicle|vehicule|voiture|auto|loan|pret|account|compte|credit|cards?|carte|property|"
    r"house|home|building|logement|maison|business|company|entreprise|oldest|newest|file|dossier|"
    r"contract|contrat|product"
)
PERSONAL_WORD = (
    r"firstname|lastname|surname|fullname|prenom|nom|e?mail|courriel|phone|telephone|tel|mobile|"
    r"iban|ssn|nir|passport|passeport|address|adresse|street|rue"
)
PERSONAL_NAME = r"((first|last|full|customer|client|applicant|borrower) )?names?"
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


def sensitive_use(name: str) -> Use | None:
    """The use "prohibited" or "restricted" if the name suggests such an attribute, else None."""
    if _suggests_attribute(name, PROHIBITED_WORD, PROHIBITED_PART):
        return "prohibited"
    if _suggests_attribute(name, RESTRICTED_WORD, RESTRICTED_PART):
        return "restricted"
    return None


def _suggests_attribute(name: str, word: str, part: str) -> bool:
    if re.search(part, "".join(split_words(name))):
        return True
    return _has_word(name, word) and not _has_word(name, THING_WORD)


def suggests_personal_data(name: str) -> bool:
    """Whether the name suggests a person's name, address, contact or official number."""
    is_personal_name = re.fullmatch(PERSONAL_NAME, " ".join(split_words(name)))
    return is_personal_name is not None or _has_word(name, PERSONAL_WORD)


def suggests_identifier(name: str) -> bool:
    """Whether a word of the name is "id", "number", "ref" or the like."""
    return _has_word(name, IDENTIFIER_WORD)


def suggests_code(name: str) -> bool:
    """Whether a word of the name is "code", "region", "type" or the like."""
    return _has_word(name, CODE_WORD)


def _has_word(name: str, pattern: str) -> bool:
    return any(re.fullmatch(pattern, word) for word in split_words(name))
