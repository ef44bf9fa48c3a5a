"""The registered model `credit-scoring`: its versions are bundles, files that MLflow keeps and never loads.

The version's tags hold the SHA-256 of every file, so what comes back is what was registered, or is refused.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from credit_scoring.bundle.read_bundle import Bundle, read_bundle
from credit_scoring.bundle.write_bundle import write_bundle
from credit_scoring.errors import BundleError, RegistryError
from credit_scoring.scoring.scorer import verified
from credit_scoring.tracking.bundle_metadata import (
    BUNDLE_DIGEST,
    FOLDER,
    MODEL_DIGEST,
    add_bundle,
    digests,
    files_in,
)
from credit_scoring.tracking.client import connect, experiment, is_installed, without_password
from credit_scoring.tracking.spool import FILES, Spool
from credit_scoring.tracking.sync import FINISHED, reason_of, send
from credit_scoring.tracking.tracked_run import Run, code_version

if TYPE_CHECKING:
    from mlflow import MlflowClient

MODEL = "credit-scoring"
CHALLENGER, CHAMPION = "challenger", "champion"
FILES_TAG = "files"  # SHA-256 by name, as JSON


@dataclass(frozen=True)
class Version:
    """A registered bundle: its number, the names that point to it, the tags, the run that holds its files."""

    number: int
    aliases: tuple[str, ...]
    tags: Mapping[str, str]
    run_id: str

    def __str__(self) -> str:
        names = f" ({', '.join(self.aliases)})" if self.aliases else ""
        return f"version {self.number}{names}, model {self.tags.get(MODEL_DIGEST, '?')[:12]}"


@contextmanager
def registry_at(uri: str) -> Iterator["Registry"]:
    """The registry at `uri`; RegistryError where it cannot be reached or does not do what it is asked for."""
    if not is_installed():
        raise RegistryError("MLflow is not installed: pip install -r requirements-lab.txt")
    try:
        yield Registry(connect(uri), uri)
    except ConnectionError as error:
        raise _out_of_reach(uri, error) from error
    except _failures() as error:
        raise _out_of_reach(uri, error) from error


def _failures() -> tuple[type[Exception], ...]:
    """What MLflow raises; asked for only where something was raised, for it takes seconds to load."""
    from mlflow.exceptions import MlflowException  # noqa: PLC0415
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    return MlflowException, SQLAlchemyError


def _out_of_reach(uri: str, error: Exception) -> RegistryError:
    return RegistryError(f"{without_password(uri)} does not answer as it should ({reason_of(error)}): is it up? "
                         "MLFLOW_TRACKING_URI names it")  # fmt: skip


class Registry:
    """Versions of the model, found by number, digest or alias."""

    def __init__(self, client: "MlflowClient", uri: str) -> None:
        self._client, self._uri = client, uri

    def register(self, folder: Path) -> tuple[Version, bool]:
        """The version of the bundle in `folder`, and whether it is new; a model is registered once."""
        run = Run("register", tags=code_version())
        verified(add_bundle(run, folder))
        digest = run.tags[MODEL_DIGEST]
        known = self._client.search_model_versions(
            f"name='{MODEL}' and tags.{MODEL_DIGEST}='{digest}'"
        )
        if known:
            return self.find(str(min(int(one.version) for one in known))), False
        self._make_model()
        run_id = self._run_of(run)
        files = {
            name.removeprefix(f"{FOLDER}/"): content
            for name, content in run.files.items()
            if FOLDER in name
        }
        tags = {MODEL_DIGEST: digest, FILES_TAG: json.dumps(digests(files))}
        made = self._client.create_model_version(MODEL, f"runs:/{run_id}/{FOLDER}", run_id, tags)
        return self.find(str(made.version)), True

    def find(self, which: str) -> Version:
        """The version of that number or alias; RegistryError names those there are."""
        aliases = self._aliases()
        number = aliases.get(which, which)
        found = {
            str(one.version): one for one in self._client.search_model_versions(f"name='{MODEL}'")
        }
        if number not in found:
            known = (
                ", ".join([*sorted(found, key=int), *sorted(aliases)])
                or "none: python model.py register"
            )
            raise RegistryError(f"{MODEL} has no version or alias {which}: it has {known}")
        names = tuple(sorted(alias for alias, version in aliases.items() if version == number))
        return Version(int(number), names, dict(found[number].tags), str(found[number].run_id))

    def has(self, alias: str) -> bool:
        """Whether a version is called so."""
        return alias in self._aliases()

    def call(self, version: Version, alias: str) -> None:
        """Let the alias point to the version."""
        self._client.set_registered_model_alias(MODEL, alias, str(version.number))

    def promote(self, version: Version) -> None:
        """Make it the champion; it is no challenger any more."""
        self.call(version, CHAMPION)
        if self._aliases().get(CHALLENGER) == str(version.number):
            self._client.delete_registered_model_alias(MODEL, CHALLENGER)

    def tag(self, version: Version, tags: Mapping[str, Any]) -> None:
        """Write down facts about a version."""
        for name, value in tags.items():
            self._client.set_model_version_tag(MODEL, str(version.number), name, str(value))

    @contextmanager
    def fetched(self, version: Version) -> Iterator[tuple[Path, Bundle]]:
        """The version's files in a folder for the while, and the bundle; BundleError where anything is damaged."""
        with tempfile.TemporaryDirectory() as place:
            try:
                folder = Path(self._client.download_artifacts(version.run_id, FOLDER, place))
            except OSError as error:
                raise BundleError(
                    f"{version}: its files cannot be had ({error}): register the bundle again"
                ) from error
            _require_as_registered(version, folder)
            bundle = read_bundle(folder)
            verified(bundle)
            yield folder, bundle

    def export(self, version: Version, out: Path) -> None:
        """Put the version's bundle in `out`, in one step, once it is known to be sound; else `out` stays as it is."""
        with self.fetched(version) as (folder, _):
            write_bundle(out, files_in(folder))

    def _aliases(self) -> dict[str, str]:
        """The version by alias; none where nothing was ever registered."""
        found = self._client.search_registered_models(f"name='{MODEL}'")
        return {alias: str(number) for alias, number in found[0].aliases.items()} if found else {}

    def _make_model(self) -> None:
        if not self._client.search_registered_models(f"name='{MODEL}'"):
            self._client.create_registered_model(
                MODEL, description="Probability of default and a decision."
            )

    def _run_of(self, run: Run) -> str:
        """The run that holds the very same files, where one was tracked; else `run`, sent now."""
        place = experiment(self._client, self._uri)
        same = f"tags.{BUNDLE_DIGEST} = '{run.tags[BUNDLE_DIGEST]}' and attributes.status = '{FINISHED}'"
        found = self._client.search_runs([place], same, max_results=1)
        if found:
            return str(found[0].info.run_id)
        run.ended = run.began
        with tempfile.TemporaryDirectory() as folder:
            return send(self._client, place, run, Spool(Path(folder)).write(run) / FILES)


def _require_as_registered(version: Version, folder: Path) -> None:
    """BundleError unless the folder holds exactly the files that were registered."""
    expected = json.loads(version.tags.get(FILES_TAG, "null"))
    if expected is None:
        raise BundleError(
            f"{version} has no digests of its files: register it by python model.py register"
        )
    found = digests(files_in(folder))
    wrong = sorted(
        name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name)
    )
    if wrong:
        name = wrong[0]
        raise BundleError(f"{version}: {name} has the SHA-256 {found.get(name)}, registered was {expected.get(name)}: "
                          "it was changed or damaged; register the bundle again")  # fmt: skip
