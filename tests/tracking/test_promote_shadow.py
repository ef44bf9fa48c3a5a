"""`promote --shadow`: the decision log decides whether the challenger becomes the champion."""

import pytest

from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.bundle.signing_key import public_key_of
from credit_scoring.settings.key_text import PUBLIC, encode_key
from credit_scoring.tracking.registry import open_registry
from tests.other_bundle import write_with_threshold
from tests.shadow_log import write_shadow_log

DECISIONS = 2000


@pytest.fixture
def registry(uri, bundle_folder, tmp_path, monkeypatch):
    """A registry with a champion and a challenger."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    champion = write_with_threshold(bundle_folder, 0.5, tmp_path / "champion")
    with open_registry(uri) as opened:
        opened.promote(opened.register(champion)[0])
        opened.set_alias(opened.register(bundle_folder)[0], "challenger")
        yield opened


@pytest.fixture
def write_log(registry, bundle_folder, tmp_path, monkeypatch):
    """Write the log of decisions that both scored."""

    def write(**options):
        champion = registry.find("champion").tags["model_sha256"]
        challenger = read_manifest(bundle_folder).pickle["sha256"]
        url, _ = write_shadow_log(
            tmp_path / "log.db", DECISIONS, champion=champion, challenger=challenger, **options
        )
        monkeypatch.setenv("DATABASE_URL", url)

    return write


def test_challenger_that_costs_less_is_promoted(run_cli, registry, write_log):
    write_log(noise=0.15)
    exit_code, text = run_cli("promote", "--shadow", "--min-outcomes", 500)
    assert exit_code == 0, text
    assert "Promoted: version 2 (champion)" in text
    assert "Refused applicants have no outcomes" in text
    tags = registry.find("champion").tags
    assert tags["shadow_decisions"] == str(DECISIONS)
    assert tags["shadow_cost_difference"].startswith("-")
    assert (tags["compared_with"], tags["forced"]) == ("1", "False")


def test_challenger_that_costs_more_is_refused_unless_forced(run_cli, registry, write_log):
    write_log(threshold=0.001)
    exit_code, text = run_cli("promote", "--shadow", "--min-outcomes", 500)
    assert exit_code == 1
    assert "not promoted. The challenger costs " in text
    assert "The interval must not reach above 0." in text
    assert registry.find("champion").number == 1
    assert run_cli("promote", "--shadow", "--force")[0] == 0
    assert registry.find("champion").tags["forced"] == "True"


def test_unsigned_challenger_is_refused_if_there_is_a_public_key(
    run_cli, registry, write_log, monkeypatch
):
    """The service would refuse it at its next start."""
    write_log(noise=0.15)
    public_key = encode_key(PUBLIC, public_key_of(bytes(range(32))))
    monkeypatch.setenv("CREDIT_SCORING_PUBLIC_KEY", public_key)
    exit_code, text = run_cli("promote", "--shadow", "--force")
    assert exit_code == 1
    assert "has no signature.json" in text
    assert registry.find("champion").number == 1


def test_too_few_outcomes_are_refused_with_their_number(run_cli, registry, write_log):
    write_log(noise=0.15)
    exit_code, text = run_cli("promote", "--shadow", "--min-outcomes", 10_000)
    assert exit_code == 1
    assert "that both models scored have an outcome: 10,000 are needed." in text
    known = int(registry.find("challenger").tags["shadow_outcomes"])
    assert f"not promoted. {known:,} decisions" in text
    assert registry.find("champion").number == 1


def test_data_or_the_log_is_needed(run_cli):
    exit_code, text = run_cli("promote")
    assert exit_code == 2
    assert "give --data, --shadow or both" in text


def test_first_champion_needs_data(run_cli, uri, bundle_folder, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    run_cli("register", "--bundle", bundle_folder)
    exit_code, text = run_cli("promote", "--shadow")
    assert exit_code == 1
    assert "no champion exists to compare with: give --data" in text
