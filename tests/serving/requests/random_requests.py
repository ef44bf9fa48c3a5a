"""Random requests to every route: the examples of the app's own document, changed at random.

Faster than hypothesis, which tests/serving/requests/test_payloads.py uses for responses' shapes.
"""

import copy
import json
import random
import re
from urllib.parse import quote, urlencode

HOSTILE = [
    None, True, False, 0, -1, 1, 2.9999999999, 1e-10, 0.5, 3.0, 365243, 2**31, 2**53 + 1, 10**400,
    -(10**400), 1e308, -1e308, 1e-320, -0.0, float("nan"), float("inf"), "", " ", "0", "5", "XNA",
    "Cash loans", "\ud800", "\x00", "é" * 300, "a" * 5000, "ext_source_2", "2026-11-27",
    "2026-11-27T12:00:00Z", "9999-12-31T23:59:59Z", [], {}, [None], [[[[]]]], {"features": {}},
]  # fmt: skip
NAMES = [
    "features", "applicants", "overrides", "application", "bureau", "SK_ID_CURR", "outcome",
    "reason", "EXT_SOURCE_2", "AMT_CREDIT", "instances", "inputs", "", "\ud800", "a" * 300,
]  # fmt: skip
HEADERS = {
    "Content-Type": ["application/json; charset=utf-8", "text/plain", "", "application/jso\u00f1"],
    "Content-Encoding": ["gzip", "identity", ""],
    "Accept": ["text/html", "application/json", "*/*;q=0", "\u00e9"],
    "Accept-Language": ["fr", "fr-CA,fr;q=0.9", "\u00e9", ";"],
    "Idempotency-Key": ["a", "b", "c", "", "a, a", "k" * 300, "\u00e9"],
    "X-Request-ID": ["id", "\u00e9", "x" * 300],
    "X-Forwarded-For": ["192.0.2.1:80", "[2001:db8::1]:443", "unknown", "a, b, c"],
    "X-Forwarded-Prefix": ["/scoring", "//evil"],
}
QUERIES = ["limit", "model", "since", "until", "decision", "applicant_id", "after", "lang", "x"]
MUTATED_BODY = 0.15  # share of bodies whose bytes are changed


class RandomRequests:
    """A seeded stream of requests, each a route of `contract` and the arguments of `client.open`.

    `bodies` are valid bodies by route, `known` path parameters by name.
    """

    def __init__(self, contract, bodies, known, seed):
        self._routes = contract.routes()
        self._routes += 4 * [route for route in self._routes if route in bodies]
        self._bodies = bodies
        self._known = known
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret

    def draw(self):
        choose = self._random
        route = choose.choice(self._routes)
        method, template = route.split()
        arguments = {"method": method, "path": self._path(template), "headers": self._headers()}
        if route in self._bodies:
            arguments["data"] = self._body(choose.choice(self._bodies[route]))
            arguments["headers"].setdefault("Content-Type", "application/json")
        return route, arguments

    def _path(self, template):
        choose = self._random

        def parameter(match):
            values = [self._known[match[1]]] * 4 + ["0", "x", "é", "%00", "-1", "9" * 400]
            return quote(choose.choice(values), safe="")

        path = re.sub(r"{(\w+)}", parameter, template)
        if choose.random() < 0.7:
            return path
        pairs = [(choose.choice(QUERIES), self._text()) for _ in range(choose.randint(1, 3))]
        return f"{path}?{urlencode(pairs)}"

    def _text(self):
        return str(self._random.choice(HOSTILE)).encode("utf-8", "replace").decode()[:200]

    def _headers(self):
        choose = self._random
        return {
            name: choose.choice(values)
            for name, values in HEADERS.items()
            if choose.random() < 0.08
        }

    def _body(self, valid):
        choose = self._random
        body = copy.deepcopy(valid)
        for _ in range(choose.choice([0, 1, 1, 2, 3])):
            body = self._changed(body)
        data = json.dumps(body).encode()
        return self._mutated(data) if choose.random() < MUTATED_BODY else data

    def _changed(self, value):
        """The value with one of its nodes replaced, renamed, left out or repeated."""
        choose = self._random
        if not value or not isinstance(value, dict | list) or choose.random() < 0.1:
            return copy.deepcopy(choose.choice(HOSTILE))
        if isinstance(value, list):
            place = choose.randrange(len(value))
            value[place] = self._changed(value[place])
            return value * 2 if choose.random() < 0.1 else value
        key = choose.choice(list(value))
        step = choose.random()
        if step < 0.15:
            del value[key]
        elif step < 0.3:
            value[choose.choice(NAMES)] = value.pop(key)
        else:
            value[key] = self._changed(value[key])
        return value

    def _mutated(self, data):
        """The bytes with a piece removed, repeated or overwritten."""
        choose = self._random
        start = choose.randrange(len(data))
        end = min(len(data), start + choose.randint(1, 9))
        piece = choose.choice([b"", data[start:end] * 2, choose.randbytes(3), b'{"a":', b"[" * 99])
        return data[:start] + piece + data[end:]
