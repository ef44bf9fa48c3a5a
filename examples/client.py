"""A client of the credit scoring API in one file, to be copied into a program. It needs requests and nothing of ours.

    python examples/client.py examples/predict.json
    python examples/client.py examples/predict.json --explain

The second one also says why, and what would have changed a refusal. `SCORING_URL` and `SCORING_KEY`
say where the API is and with which key it is asked.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

URL = "http://127.0.0.1:8000"
BUSY = (
    429,
    503,
)  # too many requests; the decision log cannot be written now. Nothing was decided or stored.
Object = dict[str, Any]


class ScoringError(Exception):
    """The API refused, failed or was not reached; as text what is wrong, a line for each offending field.

    `status` is that of HTTP, 0 where no answer came. `problem` is the whole answer (RFC 9457), `errors` its rows
    {"field", "message", "value"}. Whoever runs the service finds the request in its log by `request_id`.
    """

    def __init__(self, status: int, problem: Object, request_id: str = "") -> None:
        self.status, self.problem, self.request_id = status, problem, request_id
        self.errors: list[Object] = problem.get("errors", [])
        about = f"{status or ''} {problem.get('title', '')}: {problem.get('detail', '')}".lstrip()
        super().__init__("\n  ".join([about, *(error["message"] for error in self.errors)]))


class CreditScoring:
    """The API at `url`, asked with a `key` of `python model.py keys create` if it asks for one.

    Every method gives the answer's JSON and raises ScoringError. Where the service is busy (429, 503) it is asked
    again, `repeats` times at most, after as many seconds as it says (Retry-After). Whatever decides is sent with an
    Idempotency-Key, so that a repetition, also one after a broken connection, never decides twice. `timeout` in
    seconds. An applicant is an object of the model's features, or of its raw records by source table. Give each
    thread a client of its own.
    """

    def __init__(
        self, url: str = URL, key: str = "", *, timeout: float = 30, repeats: int = 4
    ) -> None:
        self._url, self._timeout, self._session = url.rstrip("/"), timeout, requests.Session()
        if key:
            self._session.headers["Authorization"] = f"Bearer {key}"
        wait = {
            "total": repeats,
            "backoff_factor": 0.5,
            "status_forcelist": BUSY,
            "raise_on_status": False,
        }
        self._session.mount(self._url, HTTPAdapter(max_retries=Retry(**wait, allowed_methods=None)))
        # A review or an outcome is appended each time: it is not sent again where it may have arrived.
        once = HTTPAdapter(max_retries=Retry(**wait, allowed_methods=None, read=False))
        self._session.mount(f"{self._url}/decisions/", once)

    def predict(self, applicant: Object, *, idempotency_key: str | None = None) -> Object:
        """The decision on an applicant, which is in the service's log by then."""
        return self._decide("/predict", applicant, idempotency_key)

    def predict_batch(
        self, applicants: Sequence[Object], *, idempotency_key: str | None = None
    ) -> Object:
        """The decisions on many: "predictions", and "errors" of those that are refused, each with its "index"."""
        return self._decide("/predict/batch", {"applicants": list(applicants)}, idempotency_key)

    def explain(self, applicant: Object, *, idempotency_key: str | None = None) -> Object:
        """The decision, each feature's contribution to it and, of a refusal, the principal reasons."""
        return self._decide("/predict/explain", applicant, idempotency_key)

    def what_would_change(self, applicant: Object, *, idempotency_key: str | None = None) -> Object:
        """As `explain`, with the smallest changes that turn a refusal under "what_would_change"."""
        return self._decide(
            "/predict/explain", {**applicant, "what_would_change": True}, idempotency_key
        )

    def applicant(self, applicant_id: str) -> Object:
        """A stored applicant's features."""
        return self._ask("GET", f"/applicants/{_quoted(applicant_id)}")

    def predict_stored(
        self,
        applicant_id: str,
        overrides: Object | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> Object:
        """The decision on a stored applicant, as stored or with some features changed (what-if)."""
        path = f"/applicants/{_quoted(applicant_id)}/predict"
        return self._decide(path, {"overrides": overrides or {}}, idempotency_key)

    def decisions(self, **filters: Any) -> Iterator[Object]:
        """The log, newest first, page after page; `filters` as of GET /decisions: decision="REFUSED", since="…"."""
        query = {
            name: str(value).lower() if isinstance(value, bool) else value
            for name, value in filters.items()
        }
        while True:
            page = self._ask("GET", "/decisions", params=query)
            yield from page["decisions"]
            if page["next"] is None:
                return
            query["cursor"] = page["next"]

    def decision(self, decision_id: str) -> Object:
        """One decision with everything that reproduces it, its reviews and outcomes."""
        return self._ask("GET", f"/decisions/{_quoted(decision_id)}")

    def review(self, decision_id: str, outcome: str, *, reviewer: str, reason: str) -> Object:
        """Add a person's decision, "ACCEPTED" or "REFUSED", to the machine's, which is kept."""
        body = {"outcome": outcome, "reviewer": reviewer, "reason": reason}
        return self._ask("POST", f"/decisions/{_quoted(decision_id)}/review", json=body)

    def outcome(self, decision_id: str, outcome: int) -> Object:
        """Add what became of the loan: 0 repaid, 1 default."""
        return self._ask(
            "POST", f"/decisions/{_quoted(decision_id)}/outcome", json={"outcome": outcome}
        )

    def model(self) -> Object:
        """What the model is and how good it is."""
        return self._ask("GET", "/model/info")

    def features(self) -> Object:
        """What an applicant has to hold: "features", and "derived", which the server computes from them."""
        return self._ask("GET", "/model/features")

    def _decide(self, path: str, body: Object, idempotency_key: str | None) -> Object:
        return self._ask(
            "POST", path, json=body, headers={"Idempotency-Key": idempotency_key or str(uuid4())}
        )

    def _ask(self, method: str, path: str, **arguments: Any) -> Object:
        try:
            answer = self._session.request(
                method, self._url + path, timeout=self._timeout, **arguments
            )
        except requests.RequestException as error:
            problem = {
                "title": "No answer",
                "detail": f"{self._url} was not reached ({type(error).__name__})",
            }
            raise ScoringError(0, problem) from error
        if not answer.ok:
            raise ScoringError(
                answer.status_code, _problem(answer), answer.headers.get("X-Request-ID", "")
            )
        return answer.json()


def _problem(answer: requests.Response) -> Object:
    """What went wrong, as the API says it; or a proxy before it, in its own way."""
    if answer.headers.get("Content-Type", "").startswith("application/problem+json"):
        return answer.json()
    return {"title": answer.reason, "detail": answer.text[:200]}


def _quoted(part: str) -> str:
    return requests.utils.quote(str(part), safe="")


def main(arguments: Sequence[str] | None = None) -> int:
    """Send the request in a file and print the answer; 1 where there is none."""
    parser = argparse.ArgumentParser(
        description="Ask the credit scoring API about the applicant in a file."
    )
    parser.add_argument(
        "file", type=Path, help='JSON: an applicant, or {"applicants": […]} for many'
    )
    parser.add_argument(
        "--explain", action="store_true", help="say why, and what would have changed a refusal"
    )
    parser.add_argument(
        "--url", default=os.environ.get("SCORING_URL", URL), help="where the API is"
    )
    chosen = parser.parse_args(arguments)
    api = CreditScoring(chosen.url, os.environ.get("SCORING_KEY", ""))
    try:
        body = json.loads(chosen.file.read_text(encoding="utf-8"))
        if "applicants" in body:
            answer = api.predict_batch(body["applicants"])
        else:
            answer = api.what_would_change(body) if chosen.explain else api.predict(body)
    except (OSError, ValueError, ScoringError) as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(answer, indent=1, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
