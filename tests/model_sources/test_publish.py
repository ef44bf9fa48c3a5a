"""`publish` to the Hub: readable by people, fetched as it was, and repeated without effect."""

import shutil

import pytest
import yaml

from credit_scoring.bundle.bundle_files import CARD_FILE, read_bundle_files
from credit_scoring.bundle.read_bundle import parse_bundle
from credit_scoring.loan_price.term_model import TermModel
from credit_scoring.model_sources.fetch import fetch
from credit_scoring.settings import load_settings
from tests.model_sources.hub_server import TOKEN
from tests.priced_bundle import term_text, write_priced_bundle
from tests.server_process import ROOT

# The Hub's client calls its HTTP library in a way that this one deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<...>'*:DeprecationWarning")
BUNDLE = ROOT / "models/latest"
NAME = "ada/risk"


@pytest.fixture(autouse=True)
def environ(hub, monkeypatch):
    variables = {"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture
def bundle(tmp_path):
    return shutil.copytree(BUNDLE, tmp_path / "bundle")


def publish(run_cli, bundle, *options, to=f"hf://{NAME}"):
    return run_cli("publish", "--bundle", bundle, "--to", to, *options)


def front_matter(readme):
    """The metadata of README.md, and the text after it."""
    _, metadata, text = readme.decode().split("---\n", 2)
    return yaml.safe_load(metadata), text


class TestPublish:
    def test_published_bundle_is_fetched_as_it_was(self, run_cli, hub, environ):
        code, text = publish(run_cli, BUNDLE)
        assert code == 0, text
        commit = hub.repositories[NAME][-1][0]
        assert f"Published: {hub.url}/{NAME}" in text
        assert f"CREDIT_SCORING_MODEL_SOURCE=hf://{NAME}@{commit} python app.py" in text
        fetched = fetch(f"hf://{NAME}@{commit}", load_settings(environ))
        assert fetched.files == read_bundle_files(BUNDLE)
        assert NAME in hub.private

    @pytest.mark.usefixtures("hub")
    def test_the_term_model_is_published_and_fetched(self, run_cli, environ, tmp_path):
        bundle = write_priced_bundle(tmp_path / "priced")
        (bundle / CARD_FILE).write_text("# Card\n")
        code, text = publish(run_cli, bundle)
        assert code == 0, text
        fetched = fetch(f"hf://{NAME}", load_settings(environ))
        assert parse_bundle(fetched.files, NAME).term_model == TermModel(term_text())
        assert fetched.files == read_bundle_files(bundle)

    def test_readme_has_metadata_and_the_card(self, run_cli, hub, bundle):
        assert publish(run_cli, bundle, "--license", "mit", "--public")[0] == 0
        metadata, text = front_matter(hub.files(NAME)["README.md"])
        assert metadata["license"] == "mit"
        assert metadata["library_name"] == "lightgbm"
        assert {"credit-scoring", "generated-data"} <= set(metadata["tags"])
        (model,) = metadata["model-index"]
        assert model["name"] == "risk"
        metrics = {m["type"]: m for result in model["results"] for m in result["metrics"]}
        assert 0.5 < metrics["roc_auc"]["value"] < 1
        assert "95 % interval 0." in metrics["brier_score"]["name"]
        assert text.strip().startswith((bundle / "MODEL_CARD.md").read_text().strip())
        assert f"CREDIT_SCORING_MODEL_SOURCE=hf://{NAME} python app.py" in text
        assert NAME not in hub.private

    def test_second_publish_changes_nothing(self, run_cli, hub):
        publish(run_cli, BUNDLE)
        commits = list(hub.repositories[NAME])
        code, text = publish(run_cli, BUNDLE)
        assert (code, hub.repositories[NAME]) == (0, commits)
        assert "Published before" in text
        assert f"hf://{NAME}@{commits[-1][0]}" in text

    def test_removed_file_disappears_and_the_hub_keeps_its_own(self, run_cli, hub, bundle):
        publish(run_cli, bundle)
        (bundle / "roc_pr.png").unlink()
        publish(run_cli, bundle)
        names = set(hub.files(NAME))
        assert names == {path.name for path in bundle.iterdir()} | {".gitattributes", "README.md"}

    def test_output_never_shows_the_token(self, run_cli, hub):
        assert TOKEN not in publish(run_cli, BUNDLE)[1]
        hub.status = 500
        code, text = publish(run_cli, BUNDLE)
        assert code == 1
        assert "does not answer as expected" in text
        assert TOKEN not in text


class TestNothingIsPublished:
    @pytest.mark.parametrize(
        ("to", "reason"),
        [
            (f"hf://{NAME}@main", "names a revision: publish to hf://ada/risk"),
            ("hf://ada", "expected hf://owner/name"),
            ("https://models.example.org/risk", "expected hf://owner/name or models:/credit-sc"),
            ("models:/other", "a model cannot be published to models:/other"),
        ],
        ids=["revision", "no name", "https", "other model"],
    )
    def test_other_target_is_refused(self, run_cli, hub, to, reason):
        code, text = publish(run_cli, BUNDLE, to=to)
        assert code == 1
        assert reason in text
        assert hub.requests == []

    def test_damaged_bundle_is_refused(self, run_cli, hub, bundle):
        (bundle / "model.pkl").write_bytes(b"")
        code, text = publish(run_cli, bundle)
        assert code == 1
        assert "it was changed or damaged" in text
        assert hub.requests == []

    def test_bundle_without_a_card_is_refused(self, run_cli, hub, bundle):
        (bundle / "MODEL_CARD.md").unlink()
        assert "write it with python model.py card" in publish(run_cli, bundle)[1]
        assert hub.requests == []

    def test_card_in_another_encoding_is_refused(self, run_cli, hub, bundle):
        (bundle / "MODEL_CARD.md").write_bytes("Carte de modèle".encode("latin-1"))
        code, text = publish(run_cli, bundle)
        assert code == 1
        assert "MODEL_CARD.md is not UTF-8 text" in text
        assert hub.requests == []

    def test_bundle_with_a_readme_is_refused(self, run_cli, hub, bundle):
        (bundle / "README.md").write_text("mine")
        assert "has the file README.md, but" in publish(run_cli, bundle)[1]
        assert hub.requests == []

    def test_missing_token_is_named(self, run_cli, hub, monkeypatch):
        monkeypatch.delenv("HF_TOKEN")
        assert "cannot be written without a token: set HF_TOKEN" in publish(run_cli, BUNDLE)[1]
        assert hub.requests == []

    def test_wrong_token_is_refused_by_the_hub(self, run_cli, hub, monkeypatch):
        monkeypatch.setenv("HF_TOKEN", "hf_other")
        code, text = publish(run_cli, BUNDLE)
        assert code == 1
        assert "Model source refused" in text
        assert "hf_other" not in text
        assert NAME not in hub.repositories

    def test_unsigned_bundle_is_refused_if_there_is_a_public_key(self, run_cli, hub, monkeypatch):
        key = "ed25519-public:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
        monkeypatch.setenv("CREDIT_SCORING_PUBLIC_KEY", key)
        assert "requires a signature" in publish(run_cli, BUNDLE)[1]
        assert hub.requests == []

    def test_publish_at_the_same_time_is_refused(self, run_cli, hub, monkeypatch):
        publish(run_cli, BUNDLE)
        from credit_scoring.model_sources import publish_to_hub

        def list_then_change(api, address, original=publish_to_hub.list_files):
            listed = original(api, address)
            hub.add(NAME, {"model.json": b"of someone else"})
            return listed

        monkeypatch.setattr(publish_to_hub, "list_files", list_then_change)
        code, text = publish(run_cli, BUNDLE, "--license", "mit")
        assert code == 1
        assert "412" in text
        assert hub.files(NAME) == {"model.json": b"of someone else"}
