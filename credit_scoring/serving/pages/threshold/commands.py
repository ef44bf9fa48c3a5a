"""The commands that study and train with other costs; the page shows them, nothing runs them."""

import shlex

from credit_scoring.bundle.manifest import Manifest

TRAIN = ["python", "model.py", "train"]
REPLACED = ("--out", "--false-negative-cost", "--false-positive-cost")  # options with a value
NEW_BUNDLE = "models/new"


def commands(manifest: Manifest, ratio: float) -> list[str]:
    """The threshold study and the training, with a defaulter that costs `ratio` good applicants."""
    costs = ["--false-negative-cost", f"{ratio:g}", "--false-positive-cost", "1"]
    study = ["python", "model.py", "threshold", "--bundle", "models/latest"]
    data = ["--data", manifest.data["source"]]
    return [shlex.join([*study, *data, *costs]), training_command(manifest, *costs)]


def training_command(manifest: Manifest, *options: str) -> str:
    """The command that trains the model again, to another folder."""
    return shlex.join([*_training_command(manifest), *options, "--out", NEW_BUNDLE])


def _training_command(manifest: Manifest) -> list[str]:
    """The command that made the model, without the options that the costs replace."""
    try:
        words = shlex.split(manifest.made_by)
    except ValueError:  # unbalanced quotes
        words = []
    if words[: len(TRAIN)] != TRAIN:
        return [*TRAIN, "--data", manifest.data["source"]]
    kept: list[str] = []
    for word in words:
        follows = bool(kept) and kept[-1] in REPLACED
        kept = kept[:-1] if follows else [*kept, word]
    return [word for word in kept if not word.startswith(tuple(f"{name}=" for name in REPLACED))]
