"""The pages and what a visitor sees first on each. A new page is a new row."""

from dataclasses import dataclass

NEWEST = {  # queries of GET /decisions
    "decision_id": "",
    "accepted_id": "&decision=ACCEPTED",
    "refused_id": "&decision=REFUSED",
}


@dataclass(frozen=True)
class Page:
    """A page of the app.

    A name of `NEWEST` in its path stands for the newest decision of that kind in the log.

    `ready` matches something when the page is complete; `repeated` matches controls for the mouse
    that repeat another one.
    """

    name: str
    path: str
    ready: str = "main h1"
    repeated: str = ""

    def address(self, root, get):
        """Its URL in the app at `root`; `get` is a GET of requests or of Playwright."""
        queries = {name: query for name, query in NEWEST.items() if f"{{{name}}}" in self.path}
        ids = {name: newest_decision(root, get, query) for name, query in queries.items()}
        return root + self.path.format(**ids)

    def open(self, page, root):
        """Open it in a browser page, in the language of the browser."""
        page.goto(self.address(root, page.request.get))
        page.locator(self.ready).first.wait_for()


def newest_decision(root, get, query=""):
    """The id of the newest decision of the log that the query selects."""
    answer = get(f"{root}/decisions?limit=1{query}", headers={"Accept": "application/json"})
    return answer.json()["decisions"][0]["decision_id"]


PAGES = (
    Page("decide", "/"),
    Page("decisions", "/decisions?limit=8"),
    Page("decisions filtered", "/decisions?outcome=0&limit=5", "table"),
    Page("no decisions", "/decisions?q=nobody"),
    Page("acceptance", "/decisions/{accepted_id}"),
    Page("refusal", "/decisions/{refused_id}"),
    Page("letter", "/decisions/{refused_id}/letter"),
    Page("no letter", "/decisions/{accepted_id}/letter"),
    Page("monitoring", "/monitoring"),
    Page("monitored feature", "/monitoring/features/EXT_SOURCE_2"),
    Page("docs", "/docs"),
    Page("threshold", "/threshold", "#threshold-page.live"),
    Page("model", "/model"),
)
