"""The texts of counterfactuals, spoken to the applicant, in every language."""

from collections.abc import Mapping, Sequence

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.features.feature import Feature
from credit_scoring.scoring.actions import Action, Change, TextByLanguage, column_clauses
from credit_scoring.scoring.row_encoder import Inputs
from credit_scoring.scoring.sentences.vocabulary import capitalise
from credit_scoring.scoring.translations import Texts, format_value, meanings, texts_by_language


def text_of(key: str) -> TextByLanguage:
    """A text of `translations.toml`."""
    return {language: str(texts[key]) for language, texts in texts_by_language().items()}


def text_of_change(
    change: Change, features: Mapping[str, ModelFeature], inputs: Inputs, *, is_at_price: bool
) -> TextByLanguage:
    """For example "Borrow 405,000 instead of 450,000 and repay 20,300 a month …".

    `is_at_price` says that the interest rate is that of the loan applied for.
    """
    order = [*column_clauses(), *change.values]
    names = sorted(change.values, key=order.index)
    return {
        language: _sentence(
            [
                _clause(features[name].feature, language).format(
                    new=format_value(features[name].feature, change.values[name], language),
                    old=format_value(features[name].feature, inputs[name], language),
                )
                for name in names
            ],
            [manner[language] for manner in change.manners] + [texts["same_rate"]] * is_at_price,
            texts,
        )
        for language, texts in texts_by_language().items()
    }


def text_of_limits(actions: Sequence[Action]) -> TextByLanguage:
    """Says that no change within the limits of the actions is accepted."""
    return {
        language: texts["none"].format(
            tried=_join([action.tried[language] for action in actions], texts)
        )
        for language, texts in texts_by_language().items()
    }


def _clause(feature: Feature, language: str) -> str:
    """What is done to the column; its meaning if the file does not say, as for a lender's own."""
    if clause := column_clauses().get(feature.name):
        return clause[language]
    meaning = meanings(feature)[language].replace("{", "{{").replace("}", "}}")
    return f"{meaning} {texts_by_language()[language]['instead']}"


def _sentence(clauses: list[str], manners: list[str], texts: Texts) -> str:
    return capitalise(", ".join([_join(clauses, texts), *manners])) + "."


def _join(parts: list[str], texts: Texts) -> str:
    """Parts joined as in a list that is read out: "a, b and c"."""
    *first, last = parts
    return f"{', '.join(first)} {texts['and']} {last}" if first else last
