r"""Words of columns' names and levels that mean a protected attribute, in English and French.

They are regular expressions over words without accents, one space between them: "date naissance".
A name's pattern begins at a word, and ends within one unless it ends in \b. A level's is a word.
"""

SEX = (
    r"(code ?)?(sexe?|gender)( ?code)?s?\b", r"(fe)?male\b", r"homme\b", r"femme\b",
    r"civilites?\b", r"salutation\b", r"personal ?status", r"statut ?personnel",
)  # fmt: skip
MARITAL_STATUS = (
    r"marital", r"marriage", r"matrimonial", r"married", r"mari(age|ee?)\b", r"(un|re)married",
    r"wedding", r"wife\b", r"husband\b", r"spous(e|al)", r"conjoint(es?)?\b", r"epou(x|se)\b",
    r"celibat", r"divorc", r"widow", r"veu(f|ve)s?\b", r"separe(es?)?\b", r"pacs", r"concubin",
    r"cohabit", r"single ?(parent|mother|father|person|(fe)?male)", r"^(is )?single$",
    r"(family|familial|civil|relationship) ?status\b", r"(statut|etat) ?(civil|familial)",
    r"(situation|sit) ?(de ?)?fam",
)  # fmt: skip
ORIGIN = (
    r"ethni", r"racial", r"caste\b", r"tribe\b", r"hispanic", r"latino", r"caucasian",
    r"african ?american", r"minority\b", r"skin ?colou?r", r"couleur ?(de ?)?(la ?)?peau",
    r"nationalit", r"national ?origin", r"origine ?(nationale|ethnique|sociale)",
    r"(country|pays) ?(of ?|d ?)?origin", r"citizenship", r"(?<!senior )citizen\b", r"citoyen",
    r"immigra", r"migrant", r"(native|home) ?country", r"(birth|native) ?(place|country|city|town)",
    r"(place|country|city|town|state) ?of ?birth", r"foreign ?(worker|national|born)", r"foreigner",
    r"(lieu|pays|ville|departement|commune) ?(de ?)?naiss",
    r"(travailleur|ressortissant) ?etranger",
    r"(residence|work) ?permit", r"(titre|permis) ?(de ?)?sejour", r"mother ?tongue",
    r"langue ?maternelle", r"(native ?)?language\b",
)  # fmt: skip
BELIEF = (
    r"religi", r"worship", r"croyance", r"church\b", r"political", r"opinions? ?politique",
    r"parti ?politique", r"trade ?union", r"union ?member", r"syndicats?\b", r"syndique",
    r"syndical", r"sexual", r"orientation ?sexuelle",
)  # fmt: skip
HEALTH = (
    r"disab(led|ilit)", r"handicap", r"invalidit", r"pregnan", r"grossesse", r"enceinte\b",
    r"matern(al|ity) ?leave", r"health ?(status|condition)", r"etat ?(de ?)?sante",
    r"medical ?(condition|history)", r"genetic",
)  # fmt: skip
ASSISTANCE = (r"public ?assistance", r"welfare", r"aides? ?sociales?")
PROHIBITED = (*SEX, *MARITAL_STATUS, *ORIGIN, *BELIEF, *HEALTH, *ASSISTANCE)
BIRTH = (
    r"(date|day|month|year|jour|mois|an|annee) ?(of ?|de ?)?(birth|naiss|nais\b)", r"birth\b",
    r"birth ?(d|m|y)", r"naiss", r"born\b", r"dob\b", r"ddn\b", r"senior ?citizen",
    r"(years|yrs) ?old\b",
)  # fmt: skip
AGE = (
    r"(tranche|classe|groupe|customer|client|applicant) ?(d ?)?ages?\b", r"ages?\b",
    r"age ?(group|band|class|range|bracket|bin|bucket|category|years?|client|cat)\b",
)  # fmt: skip
# A person's protected attribute, or a property of a thing: car_colour, foreign_currency.
OF_PERSON_OR_THING = (
    r"race\b", r"colou?rs?\b", r"couleurs?\b", r"genre\b", r"foreign\b", r"etrang(er|ere)s?\b",
)  # fmt: skip
THING = (
    r"cars?", r"vehicu?les?", r"voitures?", r"auto", r"automobile", r"loans?", r"prets?",
    r"accounts?", r"acct?", r"comptes?", r"credits?", r"cards?", r"cartes?", r"property",
    r"properties", r"propriete", r"house", r"home", r"housing", r"building", r"logement",
    r"maison", r"bien", r"business", r"company", r"entreprise", r"societe", r"firm", r"oldest",
    r"newest", r"file", r"dossier", r"contracts?", r"contrats?", r"products?", r"produits?",
    r"currency", r"devise", r"exchange", r"transactions?", r"trades?", r"tradelines?", r"lines?",
    r"debts?", r"dettes?", r"invoices?", r"factures?", r"equipment", r"materiel", r"assets?",
    r"collateral", r"garantie", r"mortgages?", r"hypotheque", r"bureau", r"history", r"historique",
    r"inquir(y|ies)", r"records?", r"jobs?", r"emploi", r"employment", r"relationship", r"relation",
    r"e ?mail", r"mail", r"courriel", r"phone", r"telephone", r"mobile", r"device", r"address",
    r"adresse", r"domain", r"website", r"banks?", r"banque", r"travel", r"purchases?", r"achats?",
    r"payments?", r"paiements?", r"arrears", r"policy", r"data",
)  # fmt: skip
PERSON = (
    r"applicants?", r"customers?", r"clients?", r"borrowers?", r"holders?", r"titulaires?",
    r"persons?", r"personnes?", r"owners?", r"emprunteurs?", r"demandeurs?", r"spouse", r"workers?",
    r"employees?", r"individus?",
)  # fmt: skip

SEX_LEVELS = frozenset(
    ("male", "female", "man", "woman", "m", "f", "h", "homme", "femme", "masculin", "feminin")
)
TITLE_LEVELS = frozenset(
    ("mr", "mrs", "ms", "miss", "mister", "m", "mme", "mlle", "monsieur", "madame", "mademoiselle")
)
OTHER_LEVELS = frozenset(
    ("", "x", "xna", "u", "o", "mx", "other", "unknown", "autre", "inconnu", "nonbinary", "diverse")
)
COLOURS = frozenset(("black", "white"))
MARITAL_LEVELS = (
    r"married", r"single", r"divorced", r"widow(?:ed|er)?", r"separated", r"cohabiting",
    r"celibataire", r"mariee?", r"divorcee?", r"veu(?:f|ve)", r"pacsee?", r"concubin(?:age)?",
    r"separee?",
)  # fmt: skip
BELIEF_LEVELS = (
    r"christian", r"catholic", r"protestant", r"muslim", r"islam", r"jewish", r"hindu",
    r"buddhist", r"sikh", r"atheist", r"catholique", r"protestante?", r"musulmane?", r"juive?",
    r"chretienne?", r"bouddhiste", r"athee",
)  # fmt: skip
ORIGIN_LEVELS = (
    r"asian", r"hispanic", r"caucasian", r"latin[oa]", r"african american", r"pacific islander",
    r"native american", r"black", r"white", r"foreigner", r"foreign national", r"resident alien",
    r"citizen",
)  # fmt: skip
LEVEL_GROUPS = (MARITAL_LEVELS, BELIEF_LEVELS, ORIGIN_LEVELS)
FIRST_AGES = r"\s*1[68]\s*(-|–|to|à)\s*\d{2}\b.*"  # "18-25", "18 à 24 ans"
