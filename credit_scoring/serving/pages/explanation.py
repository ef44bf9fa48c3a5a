"""What a page shows about one decision: how the score adds up, other applicants, what-if controls.

`explanation_view` makes it; the macros of `templates/decide/explanation.html` show it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from credit_scoring.bundle.manifest import Manifest, ModelFeature
from credit_scoring.bundle.reference import Reference, RiskFifths
from credit_scoring.scoring.decision import POINTS_TO_DOUBLE, Decision
from credit_scoring.scoring.explanation import Explanation
from credit_scoring.scoring.reasons import SpokenFactor
from credit_scoring.scoring.sentences.quantities import STYLE_OF_UNIT, Quantities
from credit_scoring.scoring.sentences.vocabulary import capitalise, vocabularies
from credit_scoring.scoring.translations import format_value
from credit_scoring.serving.pages import notation
from credit_scoring.serving.pages.far_outside import far_outside
from credit_scoring.serving.pages.field_words import label, levels
from credit_scoring.serving.pages.histogram import outline
from credit_scoring.serving.pages.language import Texts, page_texts
from credit_scoring.serving.pages.standing import Place, Sense, Standing, sense_of, standings
from credit_scoring.serving.pages.waterfall import Waterfall, waterfall
from credit_scoring.serving.pages.what_if_controls import Control, controls
from credit_scoring.serving.service import Service

PAGE = "explanation"  # name of its texts
CARDS = 8  # features with a histogram; the others are rows of a table
LARGEST_SHARE = 99  # per cent that a lower bound is said with


@dataclass(frozen=True)
class FeatureStanding:
    """A feature in words, with its contribution in points; `sentence` is "" in the table."""

    feature: ModelFeature
    meaning: str
    value: str
    points: float
    standing: Standing
    sentence: str = ""

    @property
    def sense(self) -> Sense:
        """What the number means."""
        return sense_of(self.feature)


@dataclass(frozen=True)
class ExplanationView:
    """The parts of the page, and the words that its macros use."""

    language: str
    t: Texts
    decision: Decision
    inputs: Mapping[str, Any]
    waterfall: Waterfall
    reference: Reference | None
    cards: Sequence[FeatureStanding]
    rows: Sequence[FeatureStanding]
    controls: Sequence[Control]
    far_outside: Sequence[ModelFeature]  # numbers that make the probability unreliable

    def percent(self, share: float, decimals: int | None = None) -> str:
        """A share in per cent."""
        return notation.percent(share, self.language, decimals)

    def number(self, value: float, decimals: int = 0) -> str:
        """A number with grouped thousands and a true minus sign."""
        return notation.number(value, self.language, decimals)

    def signed(self, value: float, decimals: int = 0) -> str:
        """A number with its sign; 0 has none."""
        text = self.number(value, decimals)
        return f"+{text}" if value > 0 and float(f"{value:.{decimals}f}") else text

    def place(self, place: Place) -> str:
        """Where a value stands, in words: "lower than 83%"."""
        share = math.floor(100 * place.share) if place.position != "unknown" else 100 * place.share
        if place.position in ("same", "unknown") and place.share < 1 / 100:
            text = self.t["positions"]["few"]
        else:
            text = self.percent(min(share, LARGEST_SHARE) / 100, 0)
        return str(self.t["positions"][place.position]).format(share=text)

    def label(self, feature: ModelFeature) -> str:
        """The name of a field, as in the form."""
        return _label(feature, self.language)

    @property
    def far_outside_words(self) -> str:
        """The warning about values far outside the training applicants; "" if there are none."""
        labels = [_in_a_list(label(self.language, each)[0]) for each in self.far_outside]
        return str(self.t["far_outside"]).format(features=", ".join(labels)) if labels else ""

    def options(self, control: Control) -> list[tuple[Any, str]]:
        """The values of a list with their words, in the order of the list."""
        if control.feature.feature.levels:
            return levels(self.language, control.feature)
        return [(option, self.said(control.feature, option)) for option in control.options]

    def said(self, feature: ModelFeature, value: Any) -> str:
        """A value with its unit."""
        return _said(feature, value, self.language, self.t)

    def outline(self, standing: Standing) -> str:
        """The path of the similar applicants in a histogram."""
        return outline(standing.bars)

    @property
    def similar(self) -> str:
        """The probabilities of the similar applicants, in words; "" if they are not known."""
        if self.reference is None or self.reference.risk_fifths is None:
            return ""
        return _fifth_in_words(self, self.reference.risk_fifths)


def explanation_view(current: Service, inputs: Mapping[str, Any], language: str) -> ExplanationView:
    """The view of one applicant; `inputs` are valid features, as for `Scorer.score`."""
    manifest: Manifest = current.bundle.manifest
    decision = current.scorer.score(inputs)
    explanation = current.explainer.explain(inputs)
    factors = current.explainer.spoken_factors(explanation)
    texts = page_texts(PAGE, language)
    rows = _feature_standings(explanation, manifest.reference, decision, language, texts)
    cards = _cards(rows, factors, language)
    shown = {card.standing.index for card in cards}
    return ExplanationView(
        language=language,
        t=texts,
        decision=decision,
        inputs=inputs,
        waterfall=waterfall(explanation, factors, decision, language),
        reference=manifest.reference,
        cards=cards,
        rows=[row for index, row in rows.items() if index not in shown],
        controls=controls(current.scorer.requested_features, inputs, manifest.reference),
        far_outside=far_outside(explanation, manifest),
    )


def _feature_standings(
    explanation: Explanation,
    reference: Reference | None,
    decision: Decision,
    language: str,
    texts: Texts,
) -> dict[int, FeatureStanding]:
    """Every feature by its position in the model, the strongest contribution first."""
    if reference is None:
        return {}
    placed = standings(explanation, reference, decision.probability)
    contributions = explanation.contributions.tolist()
    return {
        index: FeatureStanding(
            feature=explanation.features[index],
            meaning=_label(explanation.features[index], language),
            value=_said(explanation.features[index], explanation.value(index), language, texts),
            points=-contributions[index] * POINTS_TO_DOUBLE / math.log(2),
            standing=placed[index],
        )
        for index in sorted(placed, key=lambda index: -abs(contributions[index]))
    }


def _cards(
    rows: Mapping[int, FeatureStanding], factors: Sequence[SpokenFactor], language: str
) -> list[FeatureStanding]:
    """The features that the sentences of the strongest factors are about."""
    return [
        FeatureStanding(**{**vars(rows[spoken.strongest]), "sentence": spoken.sentence[language]})
        for spoken in factors[:CARDS]
        if spoken.strongest in rows
    ]


def _in_a_list(text: str) -> str:
    """A label without its capital, which an abbreviation keeps."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def _label(feature: ModelFeature, language: str) -> str:
    return capitalise(label(language, feature)[0])


def _said(feature: ModelFeature, value: Any, language: str, texts: Texts) -> str:
    unit = feature.feature.unit
    if value is None or feature.feature.levels or unit in ("flag", "ratio"):
        return format_value(feature.feature, value, language)
    quantities = Quantities(language, vocabularies()[language])
    style, sense = STYLE_OF_UNIT.get(unit, "number"), sense_of(feature)
    if sense == "number" or not value:
        return quantities.text(value, style).replace("-", "\u2212")
    size = quantities.text(abs(value), style)
    template = "{value}" if sense == "duration" else texts["before" if value < 0 else "after"]
    return str(template).format(value=size)


def _fifth_in_words(view: ExplanationView, fifths: RiskFifths) -> str:
    fifth = int(fifths.fifth_of(view.decision.probability))
    low, high = [0.0, *fifths.edges][fifth], [*fifths.edges, 1.0][fifth]
    key = "lowest" if fifth == 0 else "highest" if fifth == len(fifths.edges) else "between"
    text = str(view.t["fifths"][key])
    return text.format(low=view.percent(low), high=view.percent(high))
