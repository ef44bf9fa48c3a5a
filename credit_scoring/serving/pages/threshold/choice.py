"""The choice that the address of the page names: threshold, cost ratio, margin and LGD."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from credit_scoring.bundle.manifest import Manifest
from credit_scoring.bundle.threshold_curve import ThresholdCurve
from credit_scoring.loan_terms import LoanTerms
from credit_scoring.serving.pages.threshold.outcomes import Terms, cheapest, nearest

LIMITS = {  # lowest and highest value of each field
    "threshold": (0.0, 1.0),
    "ratio": (0.1, 1000.0),
    "margin": (0.0, 1.0),
    "lgd": (0.0, 1.0),
}
SHARES = ("threshold", "margin", "lgd")  # "9 %" is 0.09
NUMBER = re.compile(r"\d{1,9}(?:[.,]\d{1,20})?|[.,]\d{1,20}")
GROUPED = re.compile(r"[1-9]\d{0,2},\d{3}")  # in English "1,000" may be a thousand, or one


@dataclass(frozen=True)
class Choice:
    """The chosen values, the texts of the fields, and the key of the words for each wrong one.

    `index`, `own`, `theoretical` and `cheapest` are indices of the curve's thresholds.
    """

    terms: Terms
    index: int
    own: int
    theoretical: int
    cheapest: int
    texts: dict[str, str]
    problems: dict[str, str]
    shares: dict[str, str]  # what "20" was meant to be: "0.2"

    @property
    def is_own_theoretical(self) -> bool:
        """Whether the model's own threshold is the theoretical one, which is then not shown."""
        return self.own == self.theoretical


def choose(
    curve: ThresholdCurve, manifest: Manifest, query: Mapping[str, str], language: str
) -> Choice:
    """The choice of a query; a missing or invalid value is replaced by that of the model."""
    values, problems, shares = {}, {}, {}
    for name, default in defaults(manifest).items():
        text = query.get(name, "").strip()
        value, problem = read_number(name, text, language) if text else (default, "")
        values[name] = default if problem else value
        if problem:
            problems[name] = problem
            shares[name] = written(value / 100, language)
    terms = Terms(
        values["ratio"], manifest.costs["false_positive"], values["margin"], values["lgd"]
    )
    texts = {
        name: query[name].strip() if name in problems else written(value, language)
        for name, value in values.items()
    }
    return Choice(
        terms=terms,
        index=nearest(curve, values["threshold"]),
        own=nearest(curve, manifest.threshold["value"]),
        theoretical=nearest(curve, terms.theoretical),
        cheapest=cheapest(curve, terms),
        texts=texts,
        problems=problems,
        shares=shares,
    )


def defaults(manifest: Manifest) -> dict[str, float]:
    """The values of the model, and the loan terms of `python model.py threshold`."""
    costs, loans = manifest.costs, LoanTerms()
    return {
        "threshold": manifest.threshold["value"],
        "ratio": costs["false_negative"] / costs["false_positive"],
        "margin": loans.margin,
        "lgd": loans.lgd,
    }


def read_number(name: str, text: str, language: str) -> tuple[float, str]:
    """The number in `text`, and "" or the key of the words for what is wrong with it.

    A share may be in per cent: "9 %".
    """
    is_percent = name in SHARES and text.endswith("%")
    text = text.removesuffix("%").rstrip() if is_percent else text
    if not NUMBER.fullmatch(text):
        return 0.0, "not_a_number"
    if language == "en" and GROUPED.fullmatch(text):
        return 0.0, "ambiguous"
    value = float(text.replace(",", ".")) / (100 if is_percent else 1)
    low, high = LIMITS[name]
    if name in SHARES and not is_percent and high < value <= 100 * high:
        return value, "per_cent"
    return value, "" if low <= value <= high else "out_of_range"


def written(value: float, language: str) -> str:
    """A value as a field shows it, with four significant digits: "0.1124", "0,1124"."""
    text = f"{value:.4g}"
    return text.replace(".", ",") if language == "fr" else text
