"""The run of a command as MLflow stores it: parameters, metrics, tags, files, code version."""

import json
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
GIT_TIMEOUT = 10  # seconds


@dataclass
class TrackedRun:
    """The command fills `params`, `metrics`, `tags` and `files` while it works.

    `files` maps a path such as "bundle/model.json" to its content. `deferred_files` are functions
    that make more files, called only if the run is tracked. `began` and `ended` are seconds since
    1970. `identity` is unique: a run that is logged twice is found again by it.
    """

    kind: str
    params: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    deferred_files: list[Callable[[], Mapping[str, bytes]]] = field(default_factory=list)
    began: float = field(default_factory=time.time)
    ended: float = 0.0
    identity: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def name(self) -> str:
        """The name that MLflow lists: the command, and the version of its model if there is one."""
        return " ".join([self.kind, *filter(None, [self.params.get("model_version")])])

    def add_params(self, params: Mapping[str, Any], prefix: str = "") -> None:
        """Add parameters under dotted names: {"data": {"rows": 5}} becomes data.rows."""
        for name, value in params.items():
            if isinstance(value, Mapping):
                self.add_params(value, f"{prefix}{name}.")
            else:
                self.params[f"{prefix}{name}"] = value

    def add_metrics(self, figures: Mapping[str, Any], prefix: str) -> None:
        """Add figures {"value", "low", "high"} as prefix/name, prefix/name_low and _high."""
        for name, figure in figures.items():
            for key, value in figure.items():
                suffix = "" if key == "value" else f"_{key}"
                self.metrics[f"{prefix}/{name}{suffix}"] = float(value)

    def add_json(self, path: str, content: Any) -> None:
        """Add a JSON file."""
        self.files[path] = (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def code_version(root: Path = ROOT) -> dict[str, str]:
    """Tags with the git commit and whether files differ from it; empty outside a repository."""
    commit = _git(root, "rev-parse", "HEAD")
    changes = _git(root, "status", "--porcelain")
    if commit is None or changes is None:
        return {}
    return {"mlflow.source.git.commit": commit, "git_dirty": str(bool(changes)).lower()}


def _git(root: Path, *arguments: str) -> str | None:
    command = ["git", "-C", str(root), *arguments]
    try:
        process = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, timeout=GIT_TIMEOUT, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return process.stdout.strip()
