"""Personal data, recognised by a column's name: a person's name, address, contact or number.

A measure of such a thing is a feature: the months at an address, the age of an e-mail account.
Names are English and French.
"""

import re

from credit_scoring.flat_table.name_hints import join_words

# Matched against the words of a name without accents, one space between them.
PERSONAL = (
    r"(first|last|sur|full|middle|maiden|family|given) ?names?|prenoms?|noms?|patronyme|"
    r"(home |work |postal |street |mailing )?(address|adresse)(es)?|e ?mails?|mails?|courriels?|"
    r"((mobile|home|work|cell|tele) ?)?phones?( ?(number|no|num|nr))?|telephones?|tel|mobiles?|"
    r"cell ?numbers?|gsm|portable|fax|ip ?address|"
    r"iban|ssn|social ?security( ?(number|no))?|nir|passports?|passeports?|national ?id|"
    r"numero ?(de ?)?securite ?sociale|street|rue|date ?of ?death"
)
PERSON_NAME = r"((first|last|full|customer|client|applicant|borrower) )?names?"
MEASURE = (  # words of a duration, a count or a kind
    r"time|days?|weeks?|months?|mths?|mnths?|mois|mos|years?|yrs?|ans?|annees?|jours?|semaines?|"
    r"hours?|heures?|duration|duree|tenure|length|anciennete|seniority|since|depuis|ages?|"
    r"stability|counts?|cnt|nb|nbr|nombre|(number|num|no) of|total|avg|average|mean|share|ratio|"
    r"rate|taux|pct|percent|score|risk|risque|distance|flag|has|is|verified|valid|match(es|ed)?|"
    r"changes?|changed|changement|moves?|type|kind|status|statut|state|country|region|departement"
)


def suggests_personal_data(name: str) -> bool:
    """Whether the name suggests a person's name, address, contact or official number.

    >>> suggests_personal_data("adresse"), suggests_personal_data("anciennete_adresse")
    (True, False)
    """
    words = join_words(name)
    if re.fullmatch(PERSON_NAME, words):
        return True
    return _has(PERSONAL, words) and not _has(MEASURE, words)


def _has(pattern: str, words: str) -> bool:
    return re.search(rf"\b(?:{pattern})\b", words) is not None
