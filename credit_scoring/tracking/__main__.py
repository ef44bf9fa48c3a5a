"""`python -m credit_scoring.tracking ADDRESS`: prints the address of MLflow's page of the runs.

ADDRESS is that of the web pages, for `make mlflow`. The page that MLflow opens by itself lists
traces of language models.
"""

import os
import sys

from credit_scoring.errors import message_on_exit
from credit_scoring.settings import load_settings
from credit_scoring.tracking.client import connect, get_or_create_experiment
from credit_scoring.tracking.errors import translate_mlflow_errors


def runs_page(uri: str, address: str) -> str:
    """The page, at `address`, of the experiment at `uri`, which is created if it does not exist.

    RegistryError if the tracking server does not answer.
    """
    with translate_mlflow_errors(uri):
        experiment_id = get_or_create_experiment(connect(uri), uri)
    return f"{address}/#/experiments/{experiment_id}/runs?workflowType=machine_learning"


if __name__ == "__main__":
    with message_on_exit("make mlflow"):
        print(runs_page(load_settings(os.environ).mlflow_tracking_uri, sys.argv[1].rstrip("/")))  # noqa: T201
