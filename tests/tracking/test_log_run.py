"""Logging a run: everything is stored, and a repeated attempt stores nothing twice."""

import pytest

from credit_scoring.tracking.client import connect, get_or_create_experiment, without_password
from credit_scoring.tracking.log_run import log_run, read_run, reason_of


@pytest.fixture
def client(uri):
    return connect(uri)


@pytest.fixture
def experiment_id(client, uri):
    return get_or_create_experiment(client, uri)


def test_log_run_stores_all_content(client, experiment_id, runs, make_run):
    run = make_run(
        params={f"p{i}": i for i in range(150)},
        tags={"git_dirty": "true"},
        began=1e9,
        ended=1e9 + 60,
    )
    run_id = log_run(client, experiment_id, run)
    (logged,) = runs()
    info = logged.info
    assert run_id == info.run_id
    assert logged.data.params == {f"p{i}": str(i) for i in range(150)}
    assert logged.data.metrics == {"held_out/roc_auc": 0.75}
    assert logged.data.tags["git_dirty"] == "true"
    assert (info.start_time, info.end_time, info.status) == (10**12, 10**12 + 60_000, "FINISHED")
    assert info.run_name == "train"
    assert client.download_artifacts(run_id, "figures/curve.json").endswith("curve.json")


@pytest.mark.parametrize("step", ["create_run", "log_batch", "log_artifacts", "set_terminated"])
@pytest.mark.parametrize("completed", [False, True])
def test_interrupted_logging_is_completed_without_duplicates(
    client, experiment_id, runs, make_run, monkeypatch, step, completed
):
    """The connection breaks before the server did the step, or after it, before the answer."""
    run = make_run()
    original = getattr(client, step)

    def broken(*arguments, **options):
        if completed:
            original(*arguments, **options)
        raise ConnectionError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(client, step, broken)
        with pytest.raises(ConnectionError, match="gone"):
            log_run(client, experiment_id, run)
    run_id = log_run(client, experiment_id, run)
    (logged,) = runs()
    assert run_id == logged.info.run_id
    assert logged.info.status == "FINISHED"
    assert len(client.get_metric_history(run_id, "held_out/roc_auc")) == 1
    assert [item.path for item in client.list_artifacts(run_id)] == ["figures"]


def test_read_run_restores_what_was_logged(client, experiment_id, runs, make_run):
    run = make_run("tune", tags={"a": "b"}, began=1e9)
    log_run(client, experiment_id, run)
    restored = read_run(client, *runs())
    assert restored.kind == "tune"
    assert restored.params == {"seed": "0"}
    assert (restored.metrics, restored.files) == (run.metrics, run.files)
    assert (restored.identity, restored.began) == (run.identity, run.began)
    assert restored.ended == pytest.approx(run.ended, abs=0.001)
    assert restored.tags["a"] == "b"


def test_artifacts_are_stored_next_to_the_database(client, experiment_id, tmp_path):
    experiment = client.get_experiment(experiment_id)
    assert experiment.artifact_location == (tmp_path / "mlruns/credit-scoring").as_uri()


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("sqlite:///mlflow.db", "sqlite:///mlflow.db"),
        ("https://ada:secret@mlflow.example/x", "https://mlflow.example/x"),
        ("postgresql://ada:p@ss@db:5432/mlflow", "postgresql://db:5432/mlflow"),
    ],
)
def test_address_is_shown_without_its_password(uri, shown):
    assert without_password(uri) == shown
    assert reason_of(ConnectionError(f"API request to {uri} failed\nmore")) == (
        f"API request to {shown} failed"
    )
