"""The price of the loan applied for, as features: `loan_price.toml` describes them.

They are fitted: the term model of `credit_scoring.loan_price` computes them. Imports no table
library, so that the web process stays light.
"""

import tomllib
from functools import cache
from importlib.resources import files

from credit_scoring.features.feature import Feature
from credit_scoring.loan_price.price_features import PRICE_FEATURES, PRICE_INPUTS

FILE = files("credit_scoring.features.definitions") / "loan_price.toml"
TERMS_TABLE = "previous_application"  # earlier loans, whose terms are known


@cache
def loan_price_features() -> dict[str, Feature]:
    """The price features by name, in the order of PRICE_FEATURES."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {
        name: Feature(name, "application", inputs=PRICE_INPUTS, fitted=True, **rows[name])
        for name in PRICE_FEATURES
    }
