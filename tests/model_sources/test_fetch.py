"""`fetch` by the form of the source: folders are read safely, other schemes are refused."""

import shutil

import pytest

from credit_scoring.errors import BundleError, SourceError
from credit_scoring.model_sources.fetch import fetch
from credit_scoring.settings import load_settings
from tests.model_sources.conftest import FILES
from tests.special_files import make_special


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "bundle"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    return folder


class TestFolder:
    def test_files_are_read_as_bytes(self, folder):
        fetched = fetch(str(folder), load_settings({}))
        assert (fetched.files, fetched.revision) == (FILES, "")

    def test_path_with_two_dots_is_refused(self, folder):
        with pytest.raises(SourceError, match=r"has \.\. in its path"):
            fetch(f"{folder}/../bundle", load_settings({}))

    def test_link_to_a_folder_is_refused(self, folder, tmp_path):
        (tmp_path / "link").symlink_to(folder)
        with pytest.raises(SourceError, match="is a symbolic link: give the folder"):
            fetch(str(tmp_path / "link"), load_settings({}))

    def test_link_in_the_folder_is_refused(self, folder, tmp_path):
        shutil.move(folder / "model.pkl", tmp_path / "elsewhere.pkl")
        (folder / "model.pkl").symlink_to(tmp_path / "elsewhere.pkl")
        with pytest.raises(BundleError, match="is a symbolic link"):
            fetch(str(folder), load_settings({}))

    def test_named_pipe_is_refused(self, folder):
        make_special(folder / "model.pkl", "named pipe")
        with pytest.raises(BundleError, match="It is a named pipe"):
            fetch(str(folder), load_settings({}))

    def test_missing_folder_is_named(self, tmp_path):
        with pytest.raises(SourceError, match="none is not a folder: give the folder of a bundle"):
            fetch(str(tmp_path / "none"), load_settings({}))


@pytest.mark.parametrize(
    "source",
    [
        "http://models.example.org/risk.tar",
        "HTTPS://models.example.org/risk.tar",
        "file:///etc/passwd",
        "file:/etc/passwd",
        "ftp://models.example.org/risk.tar",
        "s3://bucket/risk",
        "git+ssh://models.example.org/risk",
        "runs:/abc/bundle",
    ],
)
def test_other_scheme_is_refused(source):
    with pytest.raises(SourceError, match=r"is not a kind of source: expected a folder, models:"):
        fetch(source, load_settings({}))


@pytest.mark.parametrize("source", ["", "models\x00latest", "https://a/b\nc"])
def test_unprintable_source_is_refused(source):
    with pytest.raises(SourceError, match="is empty or has control characters"):
        fetch(source, load_settings({}))


def test_https_host_is_refused_unless_the_setting_names_it():
    with pytest.raises(SourceError, match=r"\(allowed: none\): add it to CREDIT_SCORING_MODEL_HO"):
        fetch("https://models.example.org/risk.tar?token=secret", load_settings({}))


@pytest.mark.parametrize(
    "source",
    [
        "https://ada:secret@models.example.org/risk.tar",
        "https://models.example.org/risk.tar?token=secret",
        "http://models.example.org/risk.tar?token=secret",
        "hf://ada/risk?token=secret",
        "hf://ada:secret@risk",
        "models:/credit-scoring?token=secret",
    ],
)
def test_refusal_never_shows_a_secret(source):
    with pytest.raises(SourceError) as caught:
        fetch(source, load_settings({}))
    assert "secret" not in str(caught.value)
