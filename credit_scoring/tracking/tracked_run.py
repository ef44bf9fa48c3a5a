"""One run of a command as it is to be remembered: what was chosen, what came out, the files, the code's version."""

import json
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
GIT_SECONDS = 10


@dataclass
class Run:
    """What a command did; it fills `params`, `metrics`, `tags` and `files` while it works.

    `files` are contents by path, "bundle/model.json"; `later` makes more of them, once it is sure that the run is
    kept. `began` and `ended` are seconds since 1970. `identity` is this run's alone: whoever sends it twice finds it
    by that.
    """

    kind: str
    params: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    later: list[Callable[[], Mapping[str, bytes]]] = field(default_factory=list)
    began: float = field(default_factory=time.time)
    ended: float = 0.0
    identity: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def name(self) -> str:
        """What lists show: the command, and the model that it was about."""
        return (
            f"{self.kind} {self.params['model_version']}"
            if "model_version" in self.params
            else self.kind
        )

    def add_params(self, facts: Mapping[str, Any], prefix: str = "") -> None:
        """Add facts by their path: {"data": {"applicants": 5}} becomes data.applicants."""
        for name, value in facts.items():
            if isinstance(value, Mapping):
                self.add_params(value, f"{prefix}{name}.")
            else:
                self.params[f"{prefix}{name}"] = value

    def add_figures(self, figures: Mapping[str, Any], part: str) -> None:
        """Add the figures `{"value", "low", "high"}` of one part: part/name, part/name_low, part/name_high."""
        for name, figure in figures.items():
            for key, value in figure.items():
                self.metrics[f"{part}/{name}{'' if key == 'value' else f'_{key}'}"] = float(value)

    def add_json(self, path: str, content: Any) -> None:
        """Add a file of JSON."""
        self.files[path] = (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def code_version(root: Path = ROOT) -> dict[str, str]:
    """The tags of the code that runs: git's commit, and whether files differ from it; none where git knows nothing."""
    commit, changes = _git(root, "rev-parse", "HEAD"), _git(root, "status", "--porcelain")
    if commit is None or changes is None:
        return {}
    return {"mlflow.source.git.commit": commit, "git_dirty": str(bool(changes)).lower()}


def _git(root: Path, *arguments: str) -> str | None:
    command = ["git", "-C", str(root), *arguments]
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, timeout=GIT_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
