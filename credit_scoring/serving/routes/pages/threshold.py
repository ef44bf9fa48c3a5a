"""The page at /threshold: what another threshold would have done to the out-of-fold applicants.

It changes nothing. The choice is in the address, so that a view can be shared.
"""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, request

from credit_scoring.bundle.manifest import Manifest
from credit_scoring.bundle.threshold_curve import ThresholdCurve
from credit_scoring.serving.middleware.authentication import requires_scope
from credit_scoring.serving.pages.language import page_language
from credit_scoring.serving.pages.page import for_people_only, render_page
from credit_scoring.serving.pages.threshold.choice import LIMITS, Choice, choose
from credit_scoring.serving.pages.threshold.commands import commands, training_command
from credit_scoring.serving.pages.threshold.outcomes import FIGURES, changes, outcomes
from credit_scoring.serving.pages.threshold.pictures import pictures
from credit_scoring.serving.service import service

threshold_page = Blueprint("threshold_page", __name__)
PAGE = "threshold"


@threshold_page.get("/threshold")
@requires_scope("score")
@for_people_only
def threshold() -> Response:
    """The cost curve, and the outcomes of the chosen threshold next to those of the model's own."""
    manifest = service().bundle.manifest
    curve = manifest.reference.threshold_curve if manifest.reference else None
    context = _figures(curve, manifest) if curve else _without_curve(manifest)
    return render_page("threshold/threshold.html", PAGE, manifest=manifest, **context)


def _without_curve(manifest: Manifest) -> dict[str, Any]:
    return {"curve": None, "train": training_command(manifest)}


def _figures(curve: ThresholdCurve, manifest: Manifest) -> dict[str, Any]:
    choice = choose(curve, manifest, request.args, page_language())
    return {
        "curve": curve,
        "choice": choice,
        "limits": LIMITS,
        "figures": [name for name in FIGURES if name != "profit" or curve.exposure],
        "chosen": outcomes(curve, choice.index, choice.terms),
        "own": outcomes(curve, choice.own, choice.terms),
        "changes": changes(curve, choice.index, choice.own, choice.terms),
        "commands": commands(manifest, choice.terms.ratio),
        "pictures": list(pictures(curve, choice)),
        "data": _data(curve, manifest, choice),
    }


def _data(curve: ThresholdCurve, manifest: Manifest, choice: Choice) -> dict[str, Any]:
    """What the module of the page needs to compute the same figures."""
    return {
        "curve": asdict(curve),
        "own": choice.own,
        "ratio": manifest.costs["false_negative"] / manifest.costs["false_positive"],
        "index": choice.index,
        "terms": asdict(choice.terms),
        "limits": LIMITS,
    }
