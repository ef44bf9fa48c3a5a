"""`python -m tests.containers.serve_hub FOLDER`: a Hub with the bundle in FOLDER as ada/risk."""

import signal
import sys

from credit_scoring.bundle.bundle_files import read_bundle_files
from tests.model_sources.hub_server import HubServer

if __name__ == "__main__":
    with HubServer() as hub:
        hub.add("ada/risk", read_bundle_files(sys.argv[1]))
        print(hub.url, flush=True)
        signal.pause()
