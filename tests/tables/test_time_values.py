"""The time of an application: dates and months in any usual form."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from credit_scoring.errors import TableError
from credit_scoring.tables.time_values import to_dates

FORMS = {
    "dates": [date(2015, 12, 1), date(2016, 1, 15)],
    "times": [datetime(2015, 12, 1, 10, tzinfo=UTC), datetime(2016, 1, 15, tzinfo=UTC)],
    "integer dates": [20151201, 20160115],
    "numbers": [20151201.0, 20160115.0],
    "ISO": ["2015-12-01", "2016-01-15"],
    "ISO with a clock": ["2015-12-01T10:30:00", "2016-01-15 23:59"],
    "German": ["01.12.2015", "15.01.2016"],
    "day first": ["01/12/2015", "15/01/2016"],
    "month first": ["12/01/2015", "01/15/2016"],
    "named month": ["1-Dec-2015", "15-Jan-2016"],
}
MONTHS = {
    "integers": [201512, 201601],
    "ISO": ["2015-12", "2016-01"],
    "slash": ["12/2015", "1/2016"],
    "named": ["Dec-2015", "Jan-2016"],
    "named with a space": ["Dec 2015", "Jan 2016"],
}


@pytest.mark.parametrize("values", FORMS.values(), ids=FORMS.keys())
def test_dates_are_read(values):
    assert to_dates(pl.Series("t", values)).to_list() == [date(2015, 12, 1), date(2016, 1, 15)]


@pytest.mark.parametrize("values", MONTHS.values(), ids=MONTHS.keys())
def test_a_month_is_its_first_day(values):
    assert to_dates(pl.Series("t", values)).to_list() == [date(2015, 12, 1), date(2016, 1, 1)]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([201512, 201513], "t is '201513': expected a date or a month, such as 2015-12-01"),
        (["2015-12", "soon"], "t is 'soon': expected"),
        ([15, 16], "t is '15': expected"),
        (["1512-01-01"], "t is '1512-01-01': expected"),
        (["2015-12", None], "t has 1 rows without a value: .* fill it, or leave the rows out"),
        (["03/04/2015", "05/06/2015"], "t fits %d/%m/%Y, %m/%d/%Y, with other dates: write it"),
    ],
    ids=["month 13", "word", "number", "year", "missing", "ambiguous"],
)
def test_other_values_are_refused(values, message):
    with pytest.raises(TableError, match=message):
        to_dates(pl.Series("t", values))
