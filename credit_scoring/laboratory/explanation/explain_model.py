"""Why the model says what it says: SHAP pictures over many applicants, and the report of one.

The contributions are TreeSHAP's, worked out by LightGBM itself and brought to the scale of the answered probability
by the calibration, as the app does for one applicant; the shap library draws them.
Source: Lundberg et al. (2020), From local explanations to global understanding with explainable AI for trees.
"""

import base64
import html
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import shap
from matplotlib import pyplot as plt
from numpy.typing import NDArray

from credit_scoring.errors import FeatureError
from credit_scoring.features.feature import Feature
from credit_scoring.laboratory.score_dataset import LabelledDataset, LoadedBundle
from credit_scoring.scoring.decision import Decision
from credit_scoring.scoring.explanation import Explainer, Explanation
from credit_scoring.scoring.reasons import Factor
from credit_scoring.scoring.scorer import Scorer, Value
from credit_scoring.training.plots import BLUE, STYLE, to_png

Floats = NDArray[np.float64]
MOST_ROWS = 2000  # applicants in a picture: more only hide each other
MOST_SHOWN = 20
DEPENDENCE = 6  # features, each in a panel


@dataclass(frozen=True)
class Contributions:
    """Contributions (n, features) to n applicants' log-odds of default, the base value, what the trees saw (n, k).

    `levels` are the names of a category's codes, by feature.
    """

    names: list[str]
    values: Floats
    base: float
    matrix: Floats
    levels: Mapping[str, tuple[str, ...]]

    @property
    def mean_absolute(self) -> dict[str, float]:
        """How far each feature moves the log-odds on average, the farthest first."""
        means = np.abs(self.values).mean(axis=0).tolist()
        return dict(sorted(zip(self.names, means, strict=True), key=lambda item: -item[1]))

    def as_shap(self, *, numbers_only: bool = False) -> Any:
        """The same for the shap library; with `numbers_only` a category has no value, for its codes have no order."""
        base, data = np.full(len(self.values), self.base), self.matrix.copy()
        if numbers_only:
            data[:, [name in self.levels for name in self.names]] = np.nan
        return shap.Explanation(self.values, base, data, feature_names=self.names)


def contributions(opened: LoadedBundle, features: pl.DataFrame) -> Contributions:
    """Those of every row of `features`, which has the model's columns among others."""
    model = opened.bundle.model
    names = model.feature_names_in_.tolist()
    matrix = model.encode(features.select(names))
    found, (slope, intercept) = model.matrix_explain(matrix), model.calibration_
    return Contributions(
        names,
        slope * found[:, :-1],
        float(slope * found[0, -1] + intercept),
        matrix,
        model.categories_,
    )


def some_of(labelled: LabelledDataset, seed: int) -> pl.DataFrame:
    """At most MOST_ROWS of the applicants, drawn by the seed."""
    return drawn(labelled.table.features, seed)


def drawn(features: pl.DataFrame, seed: int) -> pl.DataFrame:
    """At most MOST_ROWS of the rows, drawn by the seed."""
    return features if len(features) <= MOST_ROWS else features.sample(MOST_ROWS, seed=seed)


def pictures(found: Contributions) -> dict[str, bytes]:
    """PNG files by name: every applicant's contributions, their mean size, and how they depend on the value."""
    return {
        "shap_beeswarm.png": _picture(lambda: _beeswarm(found)),
        "shap_bar.png": _picture(lambda: _bar(found)),
        "shap_dependence.png": _picture(lambda: _dependence(found)),
    }


def _picture(draw: Callable[[], object]) -> bytes:
    """The picture that `draw` leaves in the current figure."""
    with plt.rc_context({**STYLE, "axes.grid": False}), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # shap's, of NumPy's and Matplotlib's changes
        plt.figure()
        draw()
        return to_png(plt.gcf())


def _beeswarm(found: Contributions) -> None:
    every = found.as_shap(numbers_only=True)
    shap.plots.beeswarm(
        every, max_display=MOST_SHOWN, group_remaining_features=False, color_bar_label="value of the feature", s=8,
        show=False,
    )  # fmt: skip
    plt.gca().set_xlabel(
        "to the log-odds of default (grey: a category, or a missing value)", fontsize=11
    )


def _bar(found: Contributions) -> None:
    best = list(found.mean_absolute.items())[:MOST_SHOWN][::-1]
    plt.gcf().set_size_inches(9, 6)
    plt.barh([name for name, _ in best], [size for _, size in best], color=BLUE)
    plt.xlabel("mean size of the contribution to the log-odds of default")


def _dependence(found: Contributions) -> None:
    """The contribution against the value, for the features that move the log-odds most; the largest hundredth cut."""
    figure, every = plt.gcf(), found.as_shap()
    figure.set_size_inches(11, 7)
    for place, name in enumerate(list(found.mean_absolute)[:DEPENDENCE], 1):
        axes = figure.add_subplot(2, 3, place)
        levels = found.levels.get(name)
        shap.plots.scatter(
            every[:, found.names.index(name)], color=BLUE, alpha=0.5, dot_size=7, ax=axes, hist=False, show=False,
            xmax=None if levels else _nearly_largest(found.matrix[:, found.names.index(name)]),
        )  # fmt: skip
        axes.axhline(0, color="grey", lw=0.7)
        axes.set_title(name, fontsize=8)
        axes.set_xlabel("")
        axes.set_ylabel("to the log-odds", fontsize=7)
        axes.tick_params(labelsize=6)
        if levels:
            axes.set_xticks(range(len(levels)), levels, rotation=90)
    figure.supxlabel(
        "value of the feature; bars at the left edge: applicants without a value", fontsize=8
    )
    figure.tight_layout()


def _nearly_largest(values: Floats) -> float | None:
    """What all but a hundredth of the values are below; None where that would leave nothing to see."""
    known = values[np.isfinite(values)]
    lowest, cut = np.quantile(known, [0, 0.99]).tolist() if len(known) else (0.0, 0.0)
    return cut if cut > lowest else None


@dataclass(frozen=True)
class Report:
    """One applicant's decision, its explanation and the principal reasons where it is a refusal."""

    applicant: int | str
    decision: Decision
    explanation: Explanation
    reasons: tuple[Factor, ...]
    factors: tuple[Factor, ...]


def report_of(opened: LoadedBundle, labelled: LabelledDataset, applicant: str) -> Report:
    """What the app would answer about one applicant of the data; FeatureError where there is no such applicant."""
    every = labelled.table.applicant
    place = (every.cast(pl.String) == applicant).arg_true()
    if place.is_empty():
        raise FeatureError(
            f"the data have no applicant {applicant}: they have {every[0]} and {len(every) - 1:,} others"
        )
    scorer = Scorer(opened.bundle)
    explainer = Explainer(opened.bundle, scorer)
    row = labelled.table.features.row(place[0], named=True)
    inputs = {feature.name: _sent(row[feature.name], feature.feature) for feature in scorer.asked}
    decision, explanation = scorer.score(inputs), explainer.explain(inputs)
    reasons = explainer.reasons_of(explanation, decision)
    return Report(every[place[0]], decision, explanation, reasons, explainer.factors(explanation))


def _sent(value: Any, feature: Feature) -> Value:
    """A value of the table as a request sends it."""
    return int(value) if value is not None and feature.whole else value


def waterfall(report: Report) -> bytes:
    """The PNG of how the contributions add up to the applicant's log-odds."""
    explanation = report.explanation
    names = [feature.name for feature in explanation.features]
    values = np.array([_shown(explanation.value(i)) for i in range(len(names))], dtype=object)
    shown = shap.Explanation(
        explanation.contributions,
        explanation.base_value,
        explanation.row,
        display_data=values,
        feature_names=names,
    )
    return _picture(lambda: _waterfall(shown, explanation))


def _waterfall(shown: Any, explanation: Explanation) -> None:
    shap.plots.waterfall(shown, max_display=15, show=False)
    main, *formulas = plt.gcf().axes
    for axes in formulas:  # E[f(X)] and f(x), which the title says in words
        axes.set_xticks([])
    main.set_title(f"From the average applicant, {explanation.base_value:.2f}, to this one, {explanation.log_odds:.2f}",
                   fontsize=12)  # fmt: skip
    main.set_xlabel("log-odds of default", fontsize=11)


def report_page(report: Report, picture: bytes) -> str:
    """The report as one HTML file that needs no other."""
    decision, explanation = report.decision, report.explanation
    meaning = {feature.name: feature.feature.meaning for feature in explanation.features}
    rows = explanation.as_dict()["contributions"]
    facts = {
        "Decision": decision.decision, "Probability of default": f"{decision.probability:.4f}",
        "Refused from a probability of": f"{decision.threshold:.4f}", "Credit score": decision.credit_score,
        "Model": decision.model_version,
    }  # fmt: skip
    reasons = [factor.text["en"] for factor in report.reasons]
    counted = [(factor.text["en"], f"{factor.contribution:+.4f}") for factor in report.factors]
    lines = [
        (row["feature"], meaning[row["feature"]], row["value"], f"{row['contribution']:+.4f}")
        for row in rows
    ]
    return page(
        f"Applicant {report.applicant}",
        _table(("", ""), facts.items())
        + (f"<h2>Principal reasons</h2><ol>{''.join(f'<li>{html.escape(one)}</li>' for one in reasons)}</ol>"
           if reasons else "")
        + "<h2>What counted, from the most against the applicant to the most for</h2>"
        + f"<p>Contributions to the log-odds of default, {explanation.base_value:.4f} for the average applicant and "
        f"{explanation.log_odds:.4f} for this one: above 0 against the applicant, below 0 for.</p>"
        + _table(("", "to the log-odds"), counted)
        + _image(picture, "contributions to the log-odds of default")
        + "<h2>Every contribution, the strongest first</h2>"
        + _table(("feature", "meaning", "value", "to the log-odds"), lines),
    )  # fmt: skip


def global_page(version: str, found: Contributions, drawn: Mapping[str, bytes]) -> str:
    """The pictures and the mean contributions as one HTML file that needs no other."""
    rows = [(name, f"{value:.4f}") for name, value in found.mean_absolute.items()]
    images = "".join(
        _image(content, name.removesuffix(".png").replace("_", " "))
        for name, content in drawn.items()
    )
    described = (f"<p>{len(found.values):,} applicants. A contribution is in log-odds of default: above 0 it speaks "
                 "against the applicant. Contributions and base value add up to the log-odds.</p>")  # fmt: skip
    table = _table(("feature", "mean size of its contribution"), rows)
    return page(f"What model {version} draws on", described + images + table)


def page(title: str, body: str) -> str:
    """A plain HTML page; `body` is HTML already."""
    style = ("body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b2733}"
             "table{border-collapse:collapse}td,th{padding:.2rem .8rem .2rem 0;text-align:left;vertical-align:top;"
             "border-bottom:1px solid #e3e8ee}td:first-child{max-width:27rem;overflow-wrap:anywhere}"
             "img{max-width:100%;margin:1rem 0}")  # fmt: skip
    named = html.escape(title)
    return (f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{named}</title><style>{style}</style>'
            f"</head><body><h1>{named}</h1>{body}</body></html>\n")  # fmt: skip


def _image(content: bytes, alt: str) -> str:
    return f'<p><img alt="{html.escape(alt)}" src="data:image/png;base64,{base64.b64encode(content).decode()}"></p>'


def _table(header: tuple[str, ...], rows: Any) -> str:
    def line(cells: Any, tag: str) -> str:
        return (
            f"<tr>{''.join(f'<{tag}>{html.escape(_shown(cell))}</{tag}>' for cell in cells)}</tr>"
        )

    head = line(header, "th") if any(header) else ""
    return f"<table>{head}{''.join(line(row, 'td') for row in rows)}</table>"


def _shown(value: object) -> str:
    return "missing" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
