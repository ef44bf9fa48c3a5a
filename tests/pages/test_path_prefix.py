"""In a browser, the pages work behind a proxy that serves the app under a path of its host."""

import http.client
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.server_process import DEPLOYED, ROOT, run_server

PREFIX = "/scoring"
PASSED_ON = ("Content-Type", "Content-Length", "Accept", "Cookie")
ANSWERED = ("Content-Type", "Location", "Set-Cookie")


def proxy_of(port, headers):
    """A handler that removes the prefix and adds `headers`; other paths are 404."""

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self):
            if not self.path.startswith(f"{PREFIX}/"):
                self.send_error(404)
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            sent = {name: self.headers[name] for name in PASSED_ON if name in self.headers}
            path = self.path.removeprefix(PREFIX)
            with closing(http.client.HTTPConnection("127.0.0.1", port)) as upstream:
                upstream.request(self.command, path, body, {**sent, **headers})
                answer = upstream.getresponse()
                content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                if name in ANSWERED:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self):
            self.do_GET()

        def log_message(self, *_):
            pass

    return Proxy


@pytest.fixture(scope="module", params=["header", "no header", "SCRIPT_NAME"])
def prefixed_url(request, tmp_path_factory):
    """The address under the prefix: by a proxy, or by SCRIPT_NAME without one."""
    log = tmp_path_factory.mktemp("prefix") / "log"
    model = ROOT / "models/latest"
    if request.param == "SCRIPT_NAME":
        with run_server(DEPLOYED, model, log, SCRIPT_NAME=PREFIX) as server:
            yield server.url
        return
    headers = {"X-Forwarded-Prefix": PREFIX} if request.param == "header" else {}
    with run_server(DEPLOYED, model, log, CREDIT_SCORING_TRUSTED_PROXIES="1") as server:
        proxy = ThreadingHTTPServer(("127.0.0.1", 0), proxy_of(server.port, headers))
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{proxy.server_port}"
        proxy.shutdown()
        proxy.server_close()


def test_form_decides_under_the_prefix(page, prefixed_url):
    page.goto(f"{prefixed_url}{PREFIX}/?lang=en")
    page.click("#submit")
    page.locator("#decision .verdict").wait_for()
    page.click("nav a[lang=fr]")
    assert page.url == f"{prefixed_url}{PREFIX}/?lang=fr"
    assert page.get_attribute("html", "lang") == "fr"


def test_swagger_ui_calls_the_api_under_the_prefix(page, prefixed_url):
    page.goto(f"{prefixed_url}{PREFIX}/")
    page.click("footer a >> text=HTTP API")
    page.click("#get_health summary")
    page.click("#get_health .actions button")
    operation = page.locator("#operations-Service-get_health")
    with page.expect_response(f"{prefixed_url}{PREFIX}/health") as response:
        operation.get_by_role("button", name="Execute").click()
    assert response.value.json()["status"] == "ok"


def test_a_decision_is_reviewed_and_every_page_opened_under_the_prefix(page, prefixed_url):
    page.goto(f"{prefixed_url}{PREFIX}/?lang=en")
    page.click("[data-kind=refused]")
    page.click("#submit")
    page.click(".record a")
    page.click("a[href*='letter=fr']")
    page.go_back()
    page.fill("#review-reviewer", "Ada")
    page.fill("#review-reason", "The documents show a higher income.")
    page.check("[name=outcome][value=ACCEPTED]")
    page.click("form[action*=review] .primary")
    page.locator(".person", has_text="Ada").wait_for()
    for name in ("decisions", "threshold", "model", "monitoring"):
        page.click(f"nav.pages a[href$={name}]")
        page.locator("nav.pages [aria-current=page]").wait_for()
        assert page.url.startswith(f"{prefixed_url}{PREFIX}/{name}")
    page.goto(f"{prefixed_url}{PREFIX}/monitoring/features/EXT_SOURCE_2")
    page.click(".back a")
    page.locator("h1", has_text="Monitoring").wait_for()
