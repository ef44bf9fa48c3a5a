"""The fairness figures as English sentences, for the report on screen and the model card."""

from collections.abc import Iterator, Mapping
from typing import Any

from credit_scoring.bundle.fairness import four_fifths_verdict
from credit_scoring.laboratory.fairness.group_metrics import ERRORS, Interval

VERDICTS = {"meets": "meets", "fails": "fails", "unclear": "may or may not meet"}


def describe_group_differences(fairness: Mapping[str, Any]) -> Iterator[str]:
    """Per attribute: is the four-fifths rule met, which errors differ most, how certain is it."""
    for attribute in fairness["attributes"]:
        label = f"By {attribute['attribute']}"
        yield from _describe(label, attribute)
        if any(group["small"] for group in attribute["groups"]):
            yield from _describe(
                f"{label}, without small groups", attribute["without_small_groups"]
            )


def _describe(label: str, differences: Mapping[str, Interval | None]) -> Iterator[str]:
    yield f"{label}: {_four_fifths_words(differences['four_fifths_ratio'])}."
    odds = differences["equalised_odds_difference"]
    if odds is not None and odds["highest"] != odds["lowest"]:
        yield (
            f"{label}: equalised odds difference {odds['value']:.3f} "
            f"({odds['low']:.3f} to {odds['high']:.3f}), {ERRORS[odds['error']]} "
            f"more often in {odds['highest']} than in {odds['lowest']}."
        )


def _four_fifths_words(ratio: Interval | None) -> str:
    verdict = four_fifths_verdict(ratio)
    if ratio is None or verdict == "incomparable":
        return "no group can be compared with another"
    return (
        f"{ratio['lowest']} is accepted {ratio['value']:.3f} times "
        f"({ratio['low']:.3f} to {ratio['high']:.3f}) as often as {ratio['highest']}, "
        f"which {VERDICTS[verdict]} the four-fifths rule"
    )


def describe_ablation(fairness: Mapping[str, Any]) -> Iterator[str]:
    """What leaving the attributes out of the model costs; nothing if it was not computed."""
    if not fairness["price"]:
        return
    names = [attribute["attribute"] for attribute in fairness["attributes"]]
    attributes = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    for name, label in (("roc_auc", "AUC"), ("cost_per_applicant", "cost per applicant")):
        yield f"Without {attributes} the {label} is {_price_in_words(fairness['price'][name])}."


def _price_in_words(metric: Mapping[str, Any]) -> str:
    difference = metric["difference"]
    verdict = "a real difference" if difference["real"] else "which may be chance"
    return (
        f"{metric['excluded']['value']:.4f}, with them {metric['included']['value']:.4f}: "
        f"{difference['value']:+.4f} ({difference['low']:+.4f} to {difference['high']:+.4f}), "
        f"{verdict}"
    )
