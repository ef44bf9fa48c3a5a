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

    def open(self, page, root):
        """Open it in a browser page, in the language of the browser."""
        page.goto(root + self.path.format(decision_id=self._newest(page, root)))
        page.locator(self.ready).first.wait_for()

    def _newest(self, page, root):
        if "{decision_id}" not in self.path:
            return ""
        return page.request.get(f"{root}/decisions?limit=1").json()["decisions"][0]["decision_id"]


PAGES = (Page("decide", "/"), Page("docs", "/docs", ready=".opblock-tag"))
