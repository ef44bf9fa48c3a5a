"""The files of the threshold study: results as JSON, curves as CSV, plots as PNG."""

import csv
import io
import json

import numpy as np

from credit_scoring.laboratory.threshold.threshold_plots import plot_cost, plot_profit
from credit_scoring.laboratory.threshold.threshold_results import ThresholdResults
from credit_scoring.training.metrics import Floats
from credit_scoring.training.threshold_curves import thinned_positions

MAX_CURVE_ROWS = 1000


def threshold_files(results: ThresholdResults) -> dict[str, bytes]:
    """The content of each file by name."""
    content = json.dumps(results.as_dict(), indent=1, ensure_ascii=False) + "\n"
    files = {
        "threshold.json": content.encode(),
        "cost_curve.csv": curve_as_csv(results.cost_curve),
        "cost_curve.png": plot_cost(results),
    }
    if results.profit_curve is not None:
        files["profit_curve.csv"] = curve_as_csv(results.profit_curve)
        files["profit_curve.png"] = plot_profit(results)
    return files


def curve_as_csv(curve: dict[str, Floats]) -> bytes:
    """A curve as CSV; at most MAX_CURVE_ROWS points, the first and last among them."""
    positions = thinned_positions(len(curve["threshold"]), MAX_CURVE_ROWS)
    columns = [np.asarray(values)[positions].tolist() for values in curve.values()]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(curve)
    writer.writerows(zip(*columns, strict=True))
    return text.getvalue().encode()
