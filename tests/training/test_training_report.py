"""The report of a training run shows every metric, its interval and the threshold."""

import io

from rich.console import Console

from credit_scoring.training.train import TrainingResult
from credit_scoring.training.training_report import (
    COUNT_LABELS,
    METRIC_LABELS,
    print_training_report,
)


def test_every_metric_has_its_interval(bundle):
    screen = io.StringIO()
    print_training_report(
        TrainingResult(bundle.manifest.metrics, bundle.manifest.threshold, {}),
        Console(file=screen, width=120),
    )
    text = screen.getvalue()
    for name, label in {**METRIC_LABELS, **COUNT_LABELS}.items():
        interval = bundle.manifest.metrics["held_out"][name]
        digits = 0 if name in COUNT_LABELS else 4
        assert label.strip() in text
        value, low, high = (f"{interval[key]:,.{digits}f}" for key in ("value", "low", "high"))
        assert f"{value} ({low}–{high})" in text
    assert (
        f"refuse from a probability of default of {bundle.manifest.threshold['value']:.4f} (the"
        in text
    )


def test_real_data_has_no_true_probabilities(bundle):
    metrics = bundle.manifest.metrics["held_out"]
    known = {
        name: metrics[name]
        for name in metrics
        if not name.startswith("true_") or name in COUNT_LABELS
    }
    screen = io.StringIO()
    print_training_report(
        TrainingResult({"held_out": known}, bundle.manifest.threshold, {}),
        Console(file=screen, width=120),
    )
    assert "true probabilities" not in screen.getvalue()
