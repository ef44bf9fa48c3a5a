"""A client of the credit scoring API in one file, to copy into a program: standard library only.

    python examples/client.py examples/predict.json
    python examples/client.py examples/predict.json --explain
    python examples/client.py examples/predict.json --explain --json

The first command prints the decision, the second also its reasons and what would have changed a
refusal, the third the API's whole answer. `SCORING_URL` and `SCORING_KEY` are its address and key.
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
        messages = [error["message"] for error in self.errors]
        lines = [title] if messages == [problem.get("detail")] else [title, *messages]
        super().__init__("\n  ".join(lines))


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
        headers = {"Idempotency-Key": idempotency_key or str(uuid4())}
        return self._request("POST", path, body, headers)

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
        cause = type(error.reason if isinstance(error, URLError) else error).__name__
        detail = f"{self._url} was not reached ({cause}): does the app run there?"
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
    return isinstance(getattr(error, "reason", None), (ConnectionRefusedError, socket.gaierror))


def _quote(part: str) -> str:
    return quote(str(part), safe="")


def decision_in_words(answer: JsonObject) -> str:
    """One line: the decision and the figures behind it."""
    return (
        f"{answer['decision']}: probability of default {answer['probability']:.1%}, threshold "
        f"{answer['threshold']:.1%}, risk {answer['risk_level']}, credit score "
        f"{answer['credit_score']} (decision {answer['decision_id']})"
    )


def explanation_in_words(answer: JsonObject) -> str:
    """The decision, its reasons, and what would change it: the texts of `what_would_change`."""
    reasons = answer["principal_reasons"]
    title = "Principal reasons of the refusal:" if reasons else "What counted most:"
    changes = answer["what_would_change"]
    texts = changes["suggestions"] or [changes]
    return "\n".join(
        [
            decision_in_words(answer),
            title,
            *(f"  {row['direction']}: {row['text']['en']}" for row in reasons or answer["factors"]),
            "What would change it:",
            *(f"  {row['text']['en']}" for row in texts),
        ]
    )


def batch_in_words(answer: JsonObject) -> str:
    """A line per decision and per invalid field, each with the applicant's number from 0."""
    lines = [(row["index"], decision_in_words(row)) for row in answer["predictions"]]
    for row in answer["errors"]:
        lines += [(row["index"], f"invalid: {error['message']}") for error in row["errors"]]
    return "\n".join(f"applicant {index}: {text}" for index, text in sorted(lines))


def _read(file: Path) -> JsonObject:
    try:
        body = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", error)
        raise ValueError(f"{file} cannot be read as JSON ({reason})") from error
    if isinstance(body, dict):
        return body
    raise ValueError(f"{file} is not a JSON object: expected an applicant")


def _send(api: CreditScoring, body: JsonObject, *, explain: bool) -> tuple[JsonObject, str]:
    """The answer to the content of a file, and the same in words."""
    if "applicants" in body:
        answer = api.predict_batch(body["applicants"])
        return answer, batch_in_words(answer)
    if explain:
        answer = api.what_would_change(body)
        return answer, explanation_in_words(answer)
    answer = api.predict(body)
    return answer, decision_in_words(answer)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Send an applicant to the credit scoring API.")
    add = parser.add_argument
    add("file", type=Path, help='JSON: an applicant, or {"applicants": […]} for many')
    add("--explain", action="store_true", help="give the reasons, and what would change a refusal")
    add("--json", action="store_true", help="print the API's answer as JSON")
    add("--url", default=os.environ.get("SCORING_URL", DEFAULT_URL), help="address of the API")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Send the request in a file and print the answer; exit code 1 if there is none."""
    options = _parse(arguments)
    api = CreditScoring(options.url, os.environ.get("SCORING_KEY", ""))
    try:
        answer, words = _send(api, _read(options.file), explain=options.explain)
    except (ValueError, ScoringError) as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(answer, indent=1, ensure_ascii=False) if options.json else words)
    return 0


if __name__ == "__main__":
    sys.exit(main())
