"""`python -m credit_scoring.health_check`: exit code 0 if the service on this machine can decide.

For container engines, whose images have no curl. It asks /health/ready at PORT.
"""

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping

TIMEOUT = 4  # seconds; the Dockerfile allows one more


def is_ready(environ: Mapping[str, str]) -> tuple[bool, str]:
    """Whether the service answers 200, and what to print: its answer or why there is none."""
    address = f"http://127.0.0.1:{environ.get('PORT', '8000')}"
    url = f"{address}{environ.get('SCRIPT_NAME', '')}/health/ready"
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as response:  # noqa: S310 - http only
            return True, response.read().decode()
    except urllib.error.HTTPError as error:
        return False, error.read().decode(errors="replace")
    except (OSError, ValueError) as error:
        return False, f"{url} does not answer: {error}"


if __name__ == "__main__":
    is_healthy, text = is_ready(os.environ)
    print(text)  # noqa: T201
    sys.exit(not is_healthy)
