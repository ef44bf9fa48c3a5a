"""Sizes of the real Home Credit set, and the files of the sample."""

from credit_scoring.contracts.contract import contracts

APPLICANTS = 5000  # of the sample that the tests read
REAL_APPLICANTS = 356_255
REAL_ROWS = {
    "bureau": 1_716_428,
    "bureau_balance": 27_299_925,
    "previous_application": 1_670_214,
    "POS_CASH_balance": 10_001_358,
    "installments_payments": 13_605_401,
    "credit_card_balance": 3_840_312,
}
FILES = ["application_train", "application_test", *REAL_ROWS]
TABLES = {stem: t for t in contracts().values() for stem in (t.file, t.unlabelled_file) if stem}
