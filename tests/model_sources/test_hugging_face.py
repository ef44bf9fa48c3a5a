"""hf:// sources: the real client of the Hub against a small server with the Hub's endpoints."""

import pytest

from credit_scoring.errors import SourceError, SourceUnavailableError
from credit_scoring.model_sources import hub_client
from credit_scoring.model_sources.fetch import fetch
from credit_scoring.settings import load_settings
from tests.model_sources.conftest import FILES
from tests.model_sources.hub_server import TOKEN
from tests.model_sources.tls_server import unused_port

NAME = "ada/risk"
REPOSITORY = {**FILES, ".gitattributes": b"*.pkl filter=lfs\n", "README.md": b"# Risk"}


@pytest.fixture
def settings(hub):
    return load_settings({"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN})


class TestFetch:
    def test_files_of_the_bundle_are_fetched_at_the_commit_of_main(self, hub, settings):
        commit = hub.add(NAME, REPOSITORY)
        fetched = fetch(f"hf://{NAME}", settings)
        assert (fetched.files, fetched.revision) == (FILES, commit)

    def test_older_commit_is_fetched_by_its_hash(self, hub, settings):
        commit = hub.add(NAME, REPOSITORY)
        hub.add(NAME, {**REPOSITORY, "model.pkl": b"newer"})
        assert fetch(f"hf://{NAME}@{commit}", settings).files == FILES
        assert fetch(f"hf://{NAME}@main", settings).files["model.pkl"] == b"newer"

    def test_private_repository_needs_the_token(self, hub, settings):
        hub.add(NAME, REPOSITORY)
        hub.private.add(NAME)
        assert fetch(f"hf://{NAME}", settings).files == FILES
        without = load_settings({"HF_ENDPOINT": hub.url})
        with pytest.raises(SourceError, match="may not be read: check its name, the revision, and"):
            fetch(f"hf://{NAME}", without)

    def test_token_of_a_person_on_this_machine_is_not_used(self, hub, monkeypatch):
        hub.add(NAME, REPOSITORY)
        hub.private.add(NAME)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        with pytest.raises(SourceError, match="may not be read"):
            fetch(f"hf://{NAME}", load_settings({"HF_ENDPOINT": hub.url}))


class TestNothingIsDownloaded:
    @pytest.mark.parametrize(
        "source",
        [
            "hf://ada",
            "hf://ada/../risk",
            "hf://ada/risk/model.pkl",
            "hf://ada/risk@../main",
            "hf://ada/risk@",
            "hf://ada/risk?token=1",
            "hf://-a/risk",
            "hf:///risk",
        ],
    )
    def test_other_addresses_are_refused(self, hub, settings, source):
        with pytest.raises(SourceError, match="expected hf://owner/name or hf://owner/name@rev"):
            fetch(source, settings)
        assert hub.requests == []

    @pytest.mark.parametrize(
        ("name", "listed", "reason"),
        [
            ("model.pkl", {"size": 1 << 40}, "model.pkl is larger than"),
            ("MODEL_CARD.md", {"size": 1 << 30}, "MODEL_CARD.md is larger than"),
            ("MODEL_CARD.md", {"rfilename": "../MODEL_CARD.md"}, "plain file names"),
            ("MODEL_CARD.md", {"rfilename": "plots/roc.png"}, "a bundle has no folders"),
            ("model.pkl", {"rfilename": "other.pkl"}, "has no model.pkl"),
        ],
        ids=["large", "large card", "dots", "folder", "no model"],
    )
    def test_listing_that_is_no_bundle_is_refused(self, hub, settings, name, listed, reason):
        hub.add(NAME, REPOSITORY)
        hub.listed[name] = listed
        with pytest.raises(SourceError, match=reason):
            fetch(f"hf://{NAME}", settings)
        assert not [path for _, path in hub.requests if "/resolve/" in path]

    def test_too_many_files_are_refused(self, hub, settings):
        hub.add(NAME, REPOSITORY | {f"plot{number}.png": b"" for number in range(100)})
        with pytest.raises(SourceError, match="has 104 files: expected at most 100"):
            fetch(f"hf://{NAME}", settings)
        assert not [path for _, path in hub.requests if "/resolve/" in path]

    def test_missing_library_names_the_requirements(self, hub, settings, monkeypatch):
        monkeypatch.setattr(hub_client.importlib.util, "find_spec", lambda _name: None)
        with pytest.raises(SourceError, match=r"pip install -r requirements-sources\.txt"):
            fetch(f"hf://{NAME}", settings)
        assert hub.requests == []


class TestBadAnswers:
    def test_unknown_revision_is_refused(self, hub, settings):
        hub.add(NAME, REPOSITORY)
        with pytest.raises(SourceError, match=f"hf://{NAME}@july does not exist or may not be"):
            fetch(f"hf://{NAME}@july", settings)

    @pytest.mark.parametrize("name", ["model.pkl", "model.json"])
    def test_file_that_differs_from_the_listing_is_refused(self, hub, settings, name):
        """By its SHA-256 in LFS, by git's id otherwise; the size is the same."""
        hub.add(NAME, REPOSITORY)
        hub.served[name] = bytes(len(FILES[name]))
        with pytest.raises(SourceUnavailableError, match=f"{name} is not the file that the Hub"):
            fetch(f"hf://{NAME}", settings)

    def test_hub_that_fails_is_unavailable(self, hub, settings):
        hub.status = 500
        with pytest.raises(SourceUnavailableError, match="does not answer as expected") as caught:
            fetch(f"hf://{NAME}", settings)
        assert TOKEN not in str(caught.value)
        assert caught.value.status == 503

    def test_unreachable_hub_is_unavailable(self):
        settings = load_settings({"HF_ENDPOINT": f"http://127.0.0.1:{unused_port()}"})
        with pytest.raises(SourceUnavailableError, match="check HF_ENDPOINT and HF_TOKEN"):
            fetch(f"hf://{NAME}", settings)
