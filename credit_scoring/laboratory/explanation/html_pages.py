"""The explanation study as HTML pages that contain their images and need no other file."""

import base64
import html
from collections.abc import Iterable, Mapping, Sequence

from credit_scoring.laboratory.explanation.applicant_report import ApplicantReport, format_value
from credit_scoring.laboratory.explanation.contributions import Contributions
from credit_scoring.scoring.reasons import Factor

STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:#1b2733}table{border-collapse:collapse}td,th{padding:.2rem .8rem .2rem 0;"
    "text-align:left;vertical-align:top;border-bottom:1px solid #e3e8ee}"
    "td:first-child{max-width:27rem;overflow-wrap:anywhere}img{max-width:100%;margin:1rem 0}"
)


def model_page(version: str, contributions: Contributions, plots: Mapping[str, bytes]) -> str:
    """The SHAP plots and the mean contribution of every feature."""
    rows = [(name, f"{value:.4f}") for name, value in contributions.mean_absolute.items()]
    introduction = (
        f"<p>{len(contributions.values):,} applicants. A contribution is in log-odds of default: "
        "above 0 it speaks against the applicant. Contributions and base value add up to the "
        "log-odds.</p>"
    )
    images = [
        _image(content, name.removesuffix(".png").replace("_", " "))
        for name, content in plots.items()
    ]
    table = html_table(("feature", "mean absolute contribution"), rows)
    return html_page(f"What model {version} relies on", introduction + "".join(images) + table)


def applicant_page(report: ApplicantReport, waterfall: bytes) -> str:
    """The report on one applicant, with the waterfall plot."""
    return html_page(
        f"Applicant {report.applicant}",
        _decision_table(report)
        + _reason_list(report.reasons)
        + _factor_section(report, waterfall)
        + "<h2>Every contribution, strongest first</h2>"
        + _contribution_table(report),
    )


def _decision_table(report: ApplicantReport) -> str:
    decision = report.decision
    facts = {
        "Decision": decision.decision,
        "Probability of default": f"{decision.probability:.4f}",
        "Refused from a probability of": f"{decision.threshold:.4f}",
        "Credit score": decision.credit_score,
        "Model": decision.model_version,
    }
    return html_table(("", ""), list(facts.items()))


def _reason_list(reasons: Sequence[Factor]) -> str:
    if not reasons:
        return ""
    items = "".join(f"<li>{html.escape(reason.text['en'])}</li>" for reason in reasons)
    return f"<h2>Principal reasons</h2><ol>{items}</ol>"


def _factor_section(report: ApplicantReport, waterfall: bytes) -> str:
    explanation = report.explanation
    rows = [(factor.text["en"], f"{factor.contribution:+.4f}") for factor in report.factors]
    introduction = (
        f"<p>Contributions to the log-odds of default, {explanation.base_value:.4f} for the "
        f"average applicant and {explanation.log_odds:.4f} for this one.</p>"
    )
    return (
        "<h2>What counted, from most against to most for the applicant</h2>"
        + introduction
        + html_table(("", "to the log-odds"), rows)
        + _image(waterfall, "contributions to the log-odds of default")
    )


def _contribution_table(report: ApplicantReport) -> str:
    explanation = report.explanation
    meanings = {feature.name: feature.feature.meaning for feature in explanation.features}
    rows = [
        (row["feature"], meanings[row["feature"]], row["value"], f"{row['contribution']:+.4f}")
        for row in explanation.as_dict()["contributions"]
    ]
    return html_table(("feature", "meaning", "value", "to the log-odds"), rows)


def html_page(title: str, body: str) -> str:
    """A complete HTML page; `body` is HTML, `title` is text."""
    heading = html.escape(title)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{heading}</title>'
        f"<style>{STYLE}</style></head><body><h1>{heading}</h1>{body}</body></html>\n"
    )


def html_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """An HTML table of escaped values; an empty header is left out."""
    head = _table_row(header, "th") if any(header) else ""
    return f"<table>{head}{''.join(_table_row(row, 'td') for row in rows)}</table>"


def _table_row(cells: Sequence[object], tag: str) -> str:
    texts = (html.escape(format_value(cell)) for cell in cells)
    return f"<tr>{''.join(f'<{tag}>{text}</{tag}>' for text in texts)}</tr>"


def _image(content: bytes, description: str) -> str:
    encoded = base64.b64encode(content).decode()
    return f'<p><img alt="{html.escape(description)}" src="data:image/png;base64,{encoded}"></p>'
