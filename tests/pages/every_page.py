"""The pages and what a visitor sees first on each. A new page is a new row."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """A page of the app; `{decision_id}` in its path is the newest decision of the log.

    `ready` is what a selector matches when the page is complete.
    """

    name: str
    path: str
    ready: str = "main h1"

    def address(self, root, get):
        """Its URL in the app at `root`; `get` is a GET of requests or of Playwright."""
        decision_id = newest_decision(root, get) if "{decision_id}" in self.path else ""
        return root + self.path.format(decision_id=decision_id)

    def open(self, page, root):
        """Open it in a browser page, in the language of the browser."""
        page.goto(self.address(root, page.request.get))
        page.locator(self.ready).first.wait_for()


def newest_decision(root, get):
    """The id of the newest decision of the log."""
    answer = get(f"{root}/decisions?limit=1", headers={"Accept": "application/json"})
    return answer.json()["decisions"][0]["decision_id"]


PAGES = (
    Page("decide", "/"),
    Page("monitoring", "/monitoring"),
    Page("monitored feature", "/monitoring/features/EXT_SOURCE_2"),
    Page("docs", "/docs", ready=".opblock-tag"),
)
