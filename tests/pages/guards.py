"""Guards of a browser page: its console stays empty and no request leaves the machine."""

from urllib.parse import urlsplit

OWN_HOSTS = ("127.0.0.1", "localhost")
LOCAL_SCHEMES = ("data", "blob", "about", "file")
REFUSED = "Failed to load resource: the server responded with a status of "


class Guards:
    """Records what a page does wrong: console messages, errors, foreign requests, refusals.

    `allow(422)` expects responses of that status, with the message of the browser about them.
    """

    def __init__(self, page):
        self._problems = []
        self._allowed = set()
        page.on("console", self._note_message)
        page.on("pageerror", lambda error: self._note(f"uncaught error: {error}"))
        page.on("request", self._note_request)
        page.on("requestfailed", self._note_failure)
        page.on("response", self._note_response)

    def allow(self, *statuses):
        self._allowed.update(statuses)

    @property
    def problems(self):
        """What was recorded so far, without what is allowed by now."""
        return [text for text, status in self._problems if status not in self._allowed]

    def _note(self, text, status=None):
        self._problems.append((text, status))

    def _note_message(self, message):
        refused = message.text.startswith(REFUSED)
        status = int(message.text.removeprefix(REFUSED)[:3]) if refused else None
        self._note(f"console {message.type}: {message.text} ({message.location})", status)

    def _note_request(self, request):
        address = urlsplit(request.url)
        if address.scheme not in LOCAL_SCHEMES and address.hostname not in OWN_HOSTS:
            self._note(f"a request leaves the machine: {request.url}")

    def _note_failure(self, request):
        if request.failure != "net::ERR_ABORTED":  # the page was left, or a file is downloaded
            self._note(f"{request.method} {request.url} failed: {request.failure}")

    def _note_response(self, response):
        if response.status >= 400:
            self._note(f"{response.status} for {response.url}", response.status)
