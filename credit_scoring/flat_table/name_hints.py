"""What a column's name tells, in English and French: attributes that credit law protects, persons, identifiers, codes.

Law: the Equal Credit Opportunity Act (Regulation B, 12 CFR 1002.2(z)) and directive (EU) 2023/2225, article 6.
A name is a hint, not a proof: a person edits the schema.
"""

import re
import unicodedata

from credit_scoring.contracts.contract import Use

# Whole words of a name, and parts of it with the spaces taken out.
PROHIBITED_WORD = r"sex|sexe|gender|genre|race|colou?r|married|wife|husband|handicap|foreign"
PROHIBITED_PART = (
    r"gender|marital|matrimonial|familystatus|situationfamiliale|civilstatus|etatcivil|civilite|ethni|racial|religio|"
    r"nationalit|nationalorigin|citizenship|citoyennete|birthplace|placeofbirth|countryofbirth|lieu(de)?naissance|"
    r"pays(de)?naissance|disabilit|pregnan|grossesse|sexual|tradeunion|syndica|foreignworker|publicassistance"
)
RESTRICTED_WORD, RESTRICTED_PART = r"age|dob|ddn", r"birth|naissance"
THING = (  # has an age or a colour of its own
    r"cars?|vehicle|vehicule|voiture|auto|loan|pret|account|compte|credit|cards?|carte|property|house|home|building|"
    r"logement|maison|business|company|entreprise|oldest|newest|file|dossier|contract|contrat|product"
)
PERSONAL_WORD = (
    r"firstname|lastname|surname|fullname|prenom|nom|e?mail|courriel|phone|telephone|tel|mobile|iban|ssn|nir|passport|"
    r"passeport|address|adresse|street|rue"
)
PERSONAL_NAME = r"((first|last|full|customer|client|applicant|borrower) )?names?"
IDENTIFIER_WORD = (
    r"ids?|uid|uuid|guid|no|nr|num|number|numero|ref|reference|key|identifiant|matricule"
)
CODE_WORD = (
    r"codes?|type|classe?|region|zone|status|statut|groupe?|category|categorie|kind|purpose|objet|sector|secteur|state|"
    r"branch|agence|produi?t|product|segment|department|departement|zip|postal"
)


def words_of(name: str) -> list[str]:
    """The words of a column's name, without accents: "dateNaissance", "Âge du prêt" as date naissance, age du pret."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", bare).lower())


def sensitive_use(name: str) -> Use | None:
    """Whether the name speaks of a "prohibited" or a "restricted" attribute of a person."""
    of_a_thing, squeezed = _has_word(name, THING), "".join(words_of(name))
    if re.search(PROHIBITED_PART, squeezed) or (
        _has_word(name, PROHIBITED_WORD) and not of_a_thing
    ):
        return "prohibited"
    if re.search(RESTRICTED_PART, squeezed) or (
        _has_word(name, RESTRICTED_WORD) and not of_a_thing
    ):
        return "restricted"
    return None


def speaks_of_a_person(name: str) -> bool:
    """Whether the name speaks of names, addresses, numbers to reach or identify somebody."""
    return _has_word(name, PERSONAL_WORD) or bool(
        re.fullmatch(PERSONAL_NAME, " ".join(words_of(name)))
    )


def speaks_of_an_identifier(name: str) -> bool:
    """Whether a word of the name is "id", "number", "ref" or the like."""
    return _has_word(name, IDENTIFIER_WORD)


def speaks_of_a_code(name: str) -> bool:
    """Whether a word of the name is "code", "region", "type" or the like."""
    return _has_word(name, CODE_WORD)


def _has_word(name: str, pattern: str) -> bool:
    return any(re.fullmatch(pattern, word) for word in words_of(name))
