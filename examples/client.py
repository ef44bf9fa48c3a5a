"""A client of the credit scoring API in one file, to copy into a program: standard library only.

    python examples/client.py examples/predict.json
    python examples/client.py examples/predict.json --explain

The second command also gives the reasons, and what would have changed a refusal. The variables
`SCORING_URL` and `SCORING_KEY` hold the address of the API and the API key.
"""

import argparse
import json
import os
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from email.message import Message
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener
from uuid import uuid4

DEFAULT_URL = "http://127.0.0.1:8000"
BUSY = (429, 503)  # too many requests; decision log not writable. Nothing was decided or stored.
FIRST_WAIT = 0.5  # seconds; doubled for each repetition
JsonObject = dict[str, Any]


class ScoringError(Exception):
    """The API refused the request, failed, or was not reached.

    The text says what is wrong, with a line per invalid field. `status` is the HTTP status, 0 if
    there was no answer. `problem` is the whole answer (RFC 9457), `errors` its rows {"field",
    "message", "value"}. The operator of the service finds the request in its log by `request_id`.
    """

    def __init__(self, status: int, problem: JsonObject, request_id: str = "") -> None:
        self.status = status
        self.problem = problem
        self.request_id = request_id
        self.errors: list[JsonObject] = problem.get("errors", [])
        title = f"{status or ''} {problem.get('title', '')}: {problem.get('detail', '')}".lstrip()
        super().__init__("\n  ".join([title, *(error["message"] for error in self.errors)]))


class _RefuseRedirects(HTTPRedirectHandler):
    """A redirect is an error: following it would send the API key to another address."""

    def redirect_request(self, *_arguments: Any) -> None:
        return None


class CreditScoring:
    """The API at `url`, with an API key of `python model.py keys create` if it requires one.

    Every method returns the answer's JSON and raises ScoringError. If the service is busy (429,
    503), the request is repeated, at most `repeats` times, after the seconds that it says
    (Retry-After). A request for a decision has an Idempotency-Key, so that a repetition, also after
    a broken connection, never decides twice. `timeout` is in seconds. An applicant is an object of
    the model's features, or of its raw records by source table.
    """

    def __init__(
        self, url: str = DEFAULT_URL, key: str = "", *, timeout: float = 30, repeats: int = 4
    ) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._timeout = timeout
        self._repeats = repeats
        self._opener = build_opener(_RefuseRedirects)

    def predict(self, applicant: JsonObject, *, idempotency_key: str | None = None) -> JsonObject:
        """The decision on an applicant; it is stored in the service's log."""
        return self._decide("/predict", applicant, idempotency_key)

    def predict_batch(
        self, applicants: Sequence[JsonObject], *, idempotency_key: str | None = None
    ) -> JsonObject:
        """The decisions on many: "predictions", and "errors" of invalid applicants, by "index"."""
        return self._decide("/predict/batch", {"applicants": list(applicants)}, idempotency_key)

    def explain(self, applicant: JsonObject, *, idempotency_key: str | None = None) -> JsonObject:
        """The decision, each feature's contribution, and the principal reasons of a refusal."""
        return self._decide("/predict/explain", applicant, idempotency_key)

    def what_would_change(
        self, applicant: JsonObject, *, idempotency_key: str | None = None
    ) -> JsonObject:
        """As `explain`; "what_would_change" holds the smallest changes that turn a refusal."""
        body = {**applicant, "what_would_change": True}
        return self._decide("/predict/explain", body, idempotency_key)

    def applicant(self, applicant_id: str) -> JsonObject:
        """A stored applicant's features."""
        return self._request("GET", f"/applicants/{_quote(applicant_id)}")

    def predict_stored(
        self,
        applicant_id: str,
        overrides: JsonObject | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> JsonObject:
        """The decision on a stored applicant, with some features changed if wanted (what-if)."""
        path = f"/applicants/{_quote(applicant_id)}/predict"
        return self._decide(path, {"overrides": overrides or {}}, idempotency_key)

    def decisions(self, **filters: Any) -> Iterator[JsonObject]:
        """The log, newest first, all pages; `filters` of GET /decisions, as decision="REFUSED"."""
        query = {
            name: str(value).lower() if isinstance(value, bool) else value
            for name, value in filters.items()
        }
        while True:
            page = self._request("GET", f"/decisions?{urlencode(query)}")
            yield from page["decisions"]
            if page["next"] is None:
                return
            query["cursor"] = page["next"]

    def decision(self, decision_id: str) -> JsonObject:
        """One decision with everything that reproduces it, its reviews and outcomes."""
        return self._request("GET", f"/decisions/{_quote(decision_id)}")

    def review(self, decision_id: str, outcome: str, *, reviewer: str, reason: str) -> JsonObject:
        """Add a person's decision, "ACCEPTED" or "REFUSED", to the model's, which stays."""
        body = {"outcome": outcome, "reviewer": reviewer, "reason": reason}
        return self._append(decision_id, "review", body)

    def outcome(self, decision_id: str, outcome: int) -> JsonObject:
        """Add the outcome of the loan: 0 repaid, 1 default."""
        return self._append(decision_id, "outcome", {"outcome": outcome})

    def model(self) -> JsonObject:
        """The model's version, origin and metrics."""
        return self._request("GET", "/model/info")

    def features(self) -> JsonObject:
        """The "features" of a request, and "derived", which the server computes from them."""
        return self._request("GET", "/model/features")

    def _decide(self, path: str, body: JsonObject, idempotency_key: str | None) -> JsonObject:
        return self._request(
            "POST", path, body, {"Idempotency-Key": idempotency_key or str(uuid4())}
        )

    def _append(self, decision_id: str, path: str, body: JsonObject) -> JsonObject:
        """Each such request appends a row, so it is not repeated if it may have arrived."""
        path = f"/decisions/{_quote(decision_id)}/{path}"
        return self._request("POST", path, body, repeatable=False)

    def _request(
        self,
        method: str,
        path: str,
        body: JsonObject | None = None,
        headers: dict[str, str] | None = None,
        *,
        repeatable: bool = True,
    ) -> JsonObject:
        request = Request(  # noqa: S310 - the caller chooses the address
            self._url + path,
            None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json", **self._headers, **(headers or {})},
            method=method,
        )
        for attempt in range(self._repeats + 1):
            wait = FIRST_WAIT * 2**attempt
            try:
                with self._opener.open(request, timeout=self._timeout) as answer:
                    content: JsonObject = json.load(answer)
                    return content
            except HTTPError as error:
                if error.code not in BUSY or attempt == self._repeats:
                    raise _scoring_error(error) from error
                wait = _retry_after(error.headers) or wait
            except (OSError, HTTPException) as error:
                if attempt == self._repeats or not (repeatable or _never_arrived(error)):
                    raise self._no_answer(error) from error
            time.sleep(wait)
        raise AssertionError

    def _no_answer(self, error: Exception) -> ScoringError:
        cause = error.reason if isinstance(error, URLError) else error
        detail = f"{self._url} was not reached ({type(cause).__name__})"
        return ScoringError(0, {"title": "No answer", "detail": detail})


def _scoring_error(error: HTTPError) -> ScoringError:
    """The error as the API describes it, or as a proxy in front of it does."""
    text = error.read().decode(errors="replace")
    if error.headers.get_content_type() == "application/problem+json":
        problem = json.loads(text)
    else:
        problem = {"title": error.reason, "detail": text[:200]}
    return ScoringError(error.code, problem, error.headers.get("X-Request-ID", ""))


def _retry_after(headers: Message) -> float | None:
    """The seconds to wait, if the service says them."""
    seconds = headers.get("Retry-After", "")
    return float(seconds) if seconds.isdigit() else None


def _never_arrived(error: Exception) -> bool:
    """Whether the connection was not established, so that nothing was sent."""
    reason = error.reason if isinstance(error, URLError) else None
    return isinstance(reason, (ConnectionRefusedError, socket.gaierror))


def _quote(part: str) -> str:
    return quote(str(part), safe="")


def main(arguments: Sequence[str] | None = None) -> int:
    """Send the request in a file and print the answer; exit code 1 if there is none."""
    parser = argparse.ArgumentParser(
        description="Send the applicant in a file to the credit scoring API."
    )
    parser.add_argument(
        "file", type=Path, help='JSON: an applicant, or {"applicants": […]} for many'
    )
    parser.add_argument(
        "--explain",
        action="store_true",
        help="give the reasons, and what would have changed a refusal",
    )
    parser.add_argument(
        "--url", default=os.environ.get("SCORING_URL", DEFAULT_URL), help="address of the API"
    )
    options = parser.parse_args(arguments)
    api = CreditScoring(options.url, os.environ.get("SCORING_KEY", ""))
    try:
        body = json.loads(options.file.read_text(encoding="utf-8"))
        if "applicants" in body:
            answer = api.predict_batch(body["applicants"])
        else:
            answer = api.what_would_change(body) if options.explain else api.predict(body)
    except (OSError, ValueError, ScoringError) as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(answer, indent=1, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
