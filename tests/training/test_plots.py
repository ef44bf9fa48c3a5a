"""The plots of a training run."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from credit_scoring.training.plots import draw_plots, plot_confusion_matrix
from tests.training.calibrated_outcomes import make_outcomes

THRESHOLD = {"value": 0.1, "low": 0.08, "high": 0.12, "theoretical": 1 / 11}


@pytest.fixture
def outcomes():
    return {"out of fold": make_outcomes(), "held out": make_outcomes(rows=500, seed=1)}


def legend_texts(figure):
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_roc_curves_show_their_auc(outcomes, drawn_figures):
    draw_plots(outcomes, THRESHOLD, {"risk": 1.0})
    texts = legend_texts(drawn_figures[1])
    for name, ranked in outcomes.items():
        auc = roc_auc_score(ranked.default, ranked.probability)
        assert any(text.startswith(f"{name}: AUC {auc:.3f}") for text in texts)


def test_long_feature_names_do_not_overlap(outcomes, drawn_figures):
    names = [f"previous_last_{i}_years_status_refused_per_application_share" for i in range(30)]
    draw_plots(outcomes, THRESHOLD, dict.fromkeys(names, 1 / 30))
    labels = [label.get_text() for label in drawn_figures[3].axes[0].get_yticklabels()]
    assert len(labels) == 20
    assert all("\n" in label for label in labels)


def test_confusion_matrix_shows_counts_and_shares(drawn_figures):
    counts = {"true_negative": 90, "false_positive": 10, "false_negative": 1, "true_positive": 3}
    plot_confusion_matrix({name: {"value": count} for name, count in counts.items()})
    texts = [text.get_text() for text in drawn_figures[0].axes[0].texts]
    assert texts == ["90\n90.0%", "10\n10.0%", "1\n25.0%", "3\n75.0%"]


def test_perfect_and_useless_predictions_are_drawn(drawn_figures):
    """Curves of few distinct probabilities, which leave most of the axes empty."""
    perfect, useless = make_outcomes(rows=50), make_outcomes(rows=50)
    perfect.probability[:] = np.where(perfect.default == 1, 0.9, 0.1)
    useless.probability[:] = 0.5
    outcomes = {"perfect": perfect, "useless": useless}
    assert len(draw_plots(outcomes, THRESHOLD, {"risk": 1.0})) == len(drawn_figures) == 4
