"""The files of containers: pinned images, the build context, versions that agree."""

import re

import pytest

from tests.containers.dockerfile import is_ignored, read_stages
from tests.server_process import ROOT
from tests.test_deployment import pins

DOCKERFILE = (ROOT / "Dockerfile").read_text()
STAGES = read_stages(DOCKERFILE)
COMPOSE = (ROOT / "compose.yaml").read_text()
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
IGNORED = (ROOT / ".dockerignore").read_text()
# a short name of Docker Hub, with a tag for people and the digest that counts
PINNED = re.compile(r"[a-z]+:[\w.-]+@sha256:[0-9a-f]{64}")


def test_images_of_others_are_short_names_pinned_by_digest():
    bases = [stage.base for stage in STAGES.values() if stage.base not in STAGES]
    own = {"credit-scoring", "credit-scoring-mlflow"}
    images = set(re.findall(r"^ +image: (\S+)", COMPOSE, re.MULTILINE)) - own
    assert len(bases) == len(images) == 1
    assert [name for name in [*bases, *images] if not PINNED.fullmatch(name)] == []


def test_actions_are_pinned_by_commit():
    uses = [line for path in WORKFLOWS for line in re.findall(r"uses: (.+)", path.read_text())]
    assert uses
    pinned = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    assert [line for line in uses if not pinned.fullmatch(line)] == []


def test_image_has_the_python_of_the_other_platforms():
    version = (ROOT / ".python-version").read_text().strip()
    assert STAGES["base"].base.startswith(f"python:{version}-slim")


def test_mlflow_server_has_the_version_of_the_client():
    server, client = pins("requirements-mlflow.txt"), pins("requirements-sources.txt")
    assert server["mlflow"] == client["mlflow-skinny"]
    makefile = (ROOT / "Makefile").read_text()
    assert (
        "-m pip install --quiet --disable-pip-version-check -r requirements-mlflow.txt" in makefile
    )


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".git/config",
        "signing.key",
        "data/home-credit/application_train.csv",
        "instance/credit-scoring.db",
        "models/mine/model.pkl",
        "credit_scoring/serving/__pycache__/answers.pyc",
        "examples/__pycache__/client.pyc",
    ],
)
def test_private_files_do_not_enter_the_build(path):
    assert is_ignored(path, IGNORED)


def test_copied_files_enter_the_build():
    copied = [
        word
        for stage in STAGES.values()
        for part in stage.instructions
        if part.keyword == "COPY" and "from" not in part.flags
        for word in part.words[:-1]
    ]
    assert "credit_scoring" in copied
    names = ["requirements.txt" if name == "${REQUIREMENTS}" else name for name in copied]
    assert [name for name in names if is_ignored(name, IGNORED)] == []


def test_secrets_of_compose_are_not_committed():
    assert ".env" in (ROOT / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize("kind", ["", "-sources", "-mlflow"])
def test_packages_of_images_have_hashes(kind):
    """Then pip installs nothing without one."""
    text = (ROOT / f"requirements{kind}.txt").read_text()
    packages = re.findall(r"^[a-z0-9-]+==", text, re.MULTILINE)
    first_hashes = re.findall(r" \\\n    --hash=sha256:(?=[0-9a-f]{64})", text)
    assert 0 < len(packages) <= len(first_hashes)


def test_lint_checks_the_files():
    makefile = (ROOT / "Makefile").read_text()
    for command in (
        "hadolint Dockerfile",
        "check-jsonschema --builtin-schema vendor.compose-spec compose.yaml",
        "check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml",
        "check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml",
        "zizmor --offline --quiet --pedantic .github",
    ):
        assert f"\t$(BIN)/{command}\n" in makefile
