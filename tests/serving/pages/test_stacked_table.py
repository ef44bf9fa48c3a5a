"""Roles and column titles of the cells of a table."""

from markupsafe import Markup

from credit_scoring.serving.pages.stacked_table import stacked

TABLE = Markup(
    '<table class="a"><caption>C</caption><thead><tr><th scope="col">Group</th><td></td>'
    '<th scope="col" class="number">“A” <b>&amp; B</b></th></tr></thead><tbody>'
    '<tr><th scope="row">x</th><td>1</td><td class="number">2</td><td>3</td></tr>'
    '<tr><th scope="row">y</th><td>4</td></tr></tbody></table>'
)


def test_each_cell_names_its_column():
    _, first, second = stacked(TABLE).split('<tr role="row">')[1:]
    assert first.startswith('<th role="rowheader" data-label="Group" scope="row">x</th>')
    assert '<td role="cell" data-label="">1</td>' in first
    assert '<td role="cell" data-label="“A” &amp; B" class="number">2</td>' in first
    assert '<td role="cell" data-label="">3</td>' in first  # beyond the head
    assert second.startswith('<th role="rowheader" data-label="Group" scope="row">y</th>')


def test_roles_of_a_table():
    html = stacked(TABLE)
    assert html.count('role="columnheader"') == 2
    assert html.count('role="rowgroup"') == 2
    assert html.startswith('<table role="table" data-stacked class="a">')
