"""README.md of a repository on the Hub: metadata for its pages and search, then the model card."""

from typing import TYPE_CHECKING

from credit_scoring.bundle.manifest import Manifest

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

TAGS = ("credit-scoring", "credit-risk", "lightgbm", "tabular-classification")
TASK = "tabular-classification"
METRICS = {  # the Hub's identifier and the name to show, by our name
    "roc_auc": ("roc_auc", "ROC AUC"),
    "pr_auc": ("pr_auc", "PR AUC"),
    "brier": ("brier_score", "Brier score"),
    "log_loss": ("log_loss", "Log loss"),
    "recall": ("recall", "Recall"),
    "precision": ("precision", "Precision"),
    "f1": ("f1", "F1"),
    "cost_per_applicant": ("cost_per_applicant", "Cost per applicant"),
}
DATASET_TYPE = "private"  # none of the Hub's data sets


def hub_readme(manifest: Manifest, card: str, licence: str, repository: str) -> str:
    """The text of README.md: YAML front matter, the model card, and how to serve the model."""
    from huggingface_hub import ModelCardData

    results = _eval_results(manifest)
    data = ModelCardData(
        license=licence,
        library_name="lightgbm",
        pipeline_tag=TASK,
        tags=[*TAGS, *(["generated-data"] if manifest.data["generated_sample"] else [])],
        metrics=[result.metric_type for result in results],
        model_name=repository.rpartition("/")[2],
        eval_results=results,
    )
    serve = f"CREDIT_SCORING_MODEL_SOURCE=hf://{repository} python app.py"
    return f"---\n{data.to_yaml()}\n---\n\n{card.rstrip()}\n\n## How to serve it\n\n    {serve}\n"


def _eval_results(manifest: Manifest) -> "list[EvalResult]":
    from huggingface_hub import EvalResult

    held_out = manifest.metrics["held_out"]
    return [
        EvalResult(
            task_type=TASK,
            dataset_type=DATASET_TYPE,
            dataset_name=f"{manifest.data['source']}, held-out applicants",
            metric_type=identifier,
            metric_name=_with_interval(title, held_out[name]),
            metric_value=held_out[name]["value"],
        )
        for name, (identifier, title) in METRICS.items()
        if name in held_out
    ]


def _with_interval(title: str, figure: dict[str, float]) -> str:
    return f"{title} (95 % interval {figure['low']:.4f} to {figure['high']:.4f})"
