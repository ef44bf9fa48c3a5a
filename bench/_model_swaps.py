"""Swaps of the model of a running service, between a bundle and a copy with another manifest."""

import json
import shutil
import urllib.request
from pathlib import Path
from typing import Any


class Swapper:
    """Swaps the service at `url` between the bundle in `configured`, its folder, and a copy."""

    def __init__(self, url: str, configured: Path) -> None:
        self._url = url
        self.count = 0
        manifest = configured / "model.json"
        content = json.loads(manifest.read_text(encoding="utf-8"))
        manifest.write_text(json.dumps({**content, "made_by": "bench"}), encoding="utf-8")
        self._deploy(source=str(configured))
        request = urllib.request.Request(f"{url}/admin/models")  # noqa: S310 - our own address
        self._names = [model["name"] for model in _send(request)["models"]]

    def swap(self) -> None:
        """Deploy the other one of the two; RuntimeError if the service refuses."""
        self.count += 1
        self._deploy(version=self._names[self.count % len(self._names)])

    def _deploy(self, **body: str) -> None:
        data = json.dumps({"reason": "a benchmark", **body}).encode()
        headers = {"Content-Type": "application/json"}
        _send(urllib.request.Request(f"{self._url}/admin/model", data, headers))  # noqa: S310


def copy_bundle(bundle: Path, folder: Path) -> Path:
    """A copy that a benchmark may change, to be configured as the service's model."""
    return Path(shutil.copytree(bundle, folder / "configured"))


def _send(request: urllib.request.Request) -> Any:
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
        return json.load(response)
