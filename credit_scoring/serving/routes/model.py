"""GET /model/…: the loaded model, its quality and its features."""

from flask import Blueprint

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.serving.answers import ChallengerInfo, JsonType, ModelFeatures, ModelInfo
from credit_scoring.serving.middleware.authentication import requires_scope
from credit_scoring.serving.service import service
from credit_scoring.serving.shadow.shadow_scoring import shadow_scoring

model = Blueprint("model", __name__, url_prefix="/model")


@model.get("/info")
@requires_scope("score")
def info() -> ModelInfo:
    """The loaded model and its quality: the manifest without its rows."""
    manifest = service().bundle.manifest
    return {
        "version": manifest.version,
        "created_at": manifest.created_at,
        "made_by": manifest.made_by,
        "algorithm": manifest.algorithm,
        "metrics": manifest.metrics,
        "costs": manifest.costs,
        "threshold": manifest.threshold,
        "data": manifest.data,
        "settings": manifest.settings,
        "features": len(service().scorer.requested_features),
        "challenger": _challenger(manifest.pickle["sha256"]),
    }


def _challenger(champion_digest: str) -> ChallengerInfo | None:
    shadow = shadow_scoring()
    if shadow is None:
        return None
    return {"status": shadow.status(champion_digest), "version": shadow.version}


@model.get("/features")
@requires_scope("score")
def features() -> ModelFeatures:
    """The features of a request, and those that the server derives from them."""
    rows = service().bundle.manifest.features
    return {
        "features": [{**f.as_dict(), "type": json_type(f)} for f in rows if f.is_requested],
        "derived": [f.as_dict() for f in rows if not f.is_requested],
    }


def json_type(feature: ModelFeature) -> JsonType:
    """The JSON Schema type of a feature's values."""
    if feature.feature.levels:
        return "string"
    return "integer" if feature.feature.whole else "number"
