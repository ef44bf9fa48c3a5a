"""Protected attributes and personal data, by names in English and French, and by levels."""

import pytest

from credit_scoring.flat_table.personal_data import suggests_personal_data
from credit_scoring.flat_table.protected_attributes import sensitive_hint

PROHIBITED = (
    "sex", "Sexe", "CODE_GENDER", "genderCode", "x2_sex", "civilité", "is_male", "personal_status",
    "A9_personal_status_and_sex", "race", "color", "MARRIAGE", "marriage_status", "maritalStatus",
    "MARITALSTATUS", "statut matrimonial", "mariage", "marié", "is_married", "célibataire",
    "divorced", "widowed", "veuf", "spouse_name_code", "conjoint", "single", "NAME_FAMILY_STATUS",
    "situation_familiale", "sit_fam", "état civil", "Nationalité", "foreign_worker",
    "foreignworker", "is_foreigner", "étranger", "native_country", "country_of_birth",
    "lieu de naissance", "titre_sejour", "citizenship", "ethnicity", "origine_ethnique",
    "couleur_peau", "langue_maternelle", "religion", "religious_affiliation", "union_membership",
    "disability", "handicapé", "pregnant", "sexual_orientation", "public_assistance",
)  # fmt: skip
RESTRICTED = (
    "age", "Âge", "AGE_YEARS", "Age_in_years", "age_group", "AgeBand", "tranche_age",
    "tranche_d_âge", "client_age", "AGE_CLIENT", "account_holder_age", "car_owner_age",
    "date_naissance", "annee_naissance", "DAYS_BIRTH", "dob", "DDN", "birthYear", "birthdate",
    "yearofbirth", "senior_citizen",
)  # fmt: skip
HARMLESS = (
    "mortgage", "average_balance", "percentage", "mileage", "stage", "usage_credit", "voltage",
    "package", "trace", "terrace", "racecourse", "brace", "Essex", "sextant", "sexagesimal",
    "engender", "marieville", "ethanol", "colony", "car_age", "age_of_oldest_account", "job_age",
    "email_age_days", "car_colour", "foreign_currency", "genre_pret", "syndicated_loan",
    "connaissance_client", "international_origin", "single_payment", "loan_single",
    "family_members", "joint_application", "children", "dependents",
    "relationship_years", "emp_title",
)  # fmt: skip
PERSONAL = (
    "address", "adresse", "homeAddress", "rue", "phone", "phone_number", "work_phone", "téléphone",
    "mobile", "mobile_number", "email", "E-Mail", "EmailAddress", "Customer Name", "last_name",
    "prénom", "nom_client", "iban", "passport_number", "ssn",
)  # fmt: skip
MEASURES = (
    "time_at_address", "months_at_current_address", "ancienneté_adresse", "DAYS_LAST_PHONE_CHANGE",
    "months_since_address_change", "email_age_days", "mobile_tenure_months", "nb_adresses",
    "address_years", "number_of_phones", "addr_state", "address_state", "product_name",
    "NAME_CONTRACT_TYPE", "employer", "dénomination", "nomad", "phonetic", "renom",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "use"),
    [
        *((name, "prohibited") for name in PROHIBITED),
        *((name, "restricted") for name in RESTRICTED),
        *((name, None) for name in HARMLESS),
    ],
)
def test_a_name_suggests_an_attribute_by_whole_words(name, use):
    hint = sensitive_hint(name)
    assert (hint and hint.use) == use
    assert hint is None or hint.evidence == "name"


@pytest.mark.parametrize(
    ("levels", "use"),
    [
        (("F", "M"), "prohibited"),
        (("F", "M", "XNA", "?"), "prohibited"),
        (("female", "male", "unknown"), "prohibited"),
        (("Homme", "Femme"), "prohibited"),
        (("Mr", "Mrs", "Ms"), "prohibited"),
        (("M.", "Mme", "Mlle"), "prohibited"),
        (("married", "single", "other"), "prohibited"),
        (("male : single", "female : divorced/separated/married"), "prohibited"),
        (("Célibataire", "Marié(e)", "Veuf"), "prohibited"),
        (("Divorced", "Widow", "Civil marriage"), "prohibited"),
        (("catholic", "muslim", "none"), "prohibited"),
        (("White", "Black", "Asian"), "prohibited"),
        (("18-25", "26-35", "65+"), "restricted"),
        (("18 à 24 ans", "25 ans et plus"), "restricted"),
        (("black", "white", "red"), None),
        (("single", "joint"), None),
        (("F", "V"), None),
        (("M", "Q", "Y"), None),
        (("1-4 years", "5-9 years"), None),
        (("car", "home", "study"), None),
    ],
    ids=str,
)
def test_levels_suggest_an_attribute(levels, use):
    hint = sensitive_hint("x", levels)
    assert (hint and hint.use) == use
    assert hint is None or hint.evidence == "levels"


@pytest.mark.parametrize(
    ("name", "is_personal"),
    [*((name, True) for name in PERSONAL), *((name, False) for name in MEASURES)],
)
def test_a_measure_of_something_personal_is_not_personal_data(name, is_personal):
    assert suggests_personal_data(name) == is_personal
