"""The pages for people, one module each; `PAGES` are their blueprints."""

from credit_scoring.serving.routes.pages.decide import decide_page
from credit_scoring.serving.routes.pages.decisions import decisions_page
from credit_scoring.serving.routes.pages.explanation import explanation_page
from credit_scoring.serving.routes.pages.model import model_page
from credit_scoring.serving.routes.pages.monitoring import monitoring_page
from credit_scoring.serving.routes.pages.sign_in import sign_in_page
from credit_scoring.serving.routes.pages.threshold import threshold_page

PAGES = (
    decide_page,
    decisions_page,
    explanation_page,
    model_page,
    monitoring_page,
    sign_in_page,
    threshold_page,
)
