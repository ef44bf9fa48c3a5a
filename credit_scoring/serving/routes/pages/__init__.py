"""The pages for people, one module each; `PAGES` are their blueprints."""

from credit_scoring.serving.routes.pages.decide import decide_page

PAGES = (decide_page,)
