"""Values that violate the contract: file, column, count, an example, expectation and remedy."""

import re

import pytest

from tests.tables.spoiled_tables import refusal

CASES = {
    "text instead of a number": (
        lambda s: s.put("AMT_CREDIT", "much", rows=(7, 9)),
        (
            r'_train\.csv: AMT_CREDIT: 2 values are not numbers, such as "much" in row 7: '
            r"expected a number greater than 0 and at most 1,000,000,000 \(currency\)$"
        ),
    ),
    "text instead of a whole number": (
        lambda s: s.put("CNT_CHILDREN", "two", rows=(7,)),
        (
            r'CNT_CHILDREN: 1 value is not a number, "two" in row 7: expected a whole number from '
            r"0 to 30 \(count\)$"
        ),
    ),
    "a thousand's comma": (
        lambda s: s.put("AMT_CREDIT", "1,000", rows=(7,)),
        r'AMT_CREDIT: 1 value is not a number, "1,000" in row 7: expected a number',
    ),
    "above the range": (
        lambda s: s.put("CNT_CHILDREN", "31", rows=(3, 4, 5)),
        (
            r'CNT_CHILDREN: 3 values are out of range, such as "31" in row 3: expected a whole '
            r"number from 0 to 30"
        ),
    ),
    "above the range and the dtype": (
        lambda s: s.put("CNT_CHILDREN", "1000"),
        (
            r'CNT_CHILDREN: 1 value is out of range, "1000" in row 1: expected a whole number from '
            r"0 to 30"
        ),
    ),
    "below the range": (
        lambda s: s.put("EXT_SOURCE_2", "-0.5"),
        (
            r'EXT_SOURCE_2: 1 value is out of range, "-0\.5" in row 1: expected a number from 0 to '
            r"1 \(score\)"
        ),
    ),
    "a mark that this column does not have": (
        lambda s: s.put("DAYS_BIRTH", "365243"),
        (
            r'DAYS_BIRTH: 1 value is out of range, "365243" in row 1: expected a whole number from '
            r"-43,830 to -3,650 "
        ),
    ),
    "an invalid outcome": (
        lambda s: s.put("TARGET", "2"),
        (
            r'TARGET: 1 value is out of range, "2" in row 1: expected a whole number from 0 to 1 '
            r"\(flag\)"
        ),
    ),
    "an unknown level": (
        lambda s: s.put("NAME_CONTRACT_TYPE", "Cash loan", rows=(2, 3)),
        (
            r'NAME_CONTRACT_TYPE: 2 values are not known .*, such as "Cash loan" in row 2 \(did '
            r"you mean Cash loans\?\)"
            r': expected "Cash loans", "Revolving loans"$'
        ),
    ),
    "an unknown level among many": (
        lambda s: s.put("ORGANIZATION_TYPE", "Circus"),
        (
            r'ORGANIZATION_TYPE: 1 value is not a known level, "Circus" in row 1: expected '
            r'"[^,]+", .* and 47 more$'
        ),
    ),
    "bytes that are not text": (
        lambda s: s.write(s.file().read_bytes().replace(b"Cash loans", b"Cr\xe9dit", 1)),
        r'NAME_CONTRACT_TYPE: 1 value is not a known level, "Cr.dit" in row \d+: expected',
    ),
    "a missing number": (
        lambda s: s.put("AMT_CREDIT", "", rows=(8, 9)),
        r"AMT_CREDIT: 2 rows have no value, the first in row 8: every row needs one$",
    ),
    "a missing level": (
        lambda s: s.put("NAME_CONTRACT_TYPE", "", rows=(8,)),
        r"NAME_CONTRACT_TYPE: 1 row has no value, in row 8: every row needs one$",
    ),
    "infinity in a required column": (
        lambda s: s.put("AMT_CREDIT", "inf"),
        r'AMT_CREDIT: 1 value is not finite, "inf" in row 1: expected a number',
    ),
    "a fraction": (
        lambda s: s.put("CNT_CHILDREN", "1.5", rows=(4,)),
        (
            r'CNT_CHILDREN: 1 value is not whole, "1\.5" in row 4: expected a whole number from 0 '
            r"to 30"
        ),
    ),
    "a fraction in a column with a sentinel": (
        lambda s: s.put("DAYS_EMPLOYED", "-100.5", rows=(4,)),
        (
            r'DAYS_EMPLOYED: 1 value is not whole, "-100\.5" in row 4: expected a whole number '
            r"from -25,000 to 0 \(days\)"
        ),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_invalid_values_are_named_in_one_line(case, spoiled):
    spoil, message = CASES[case]
    spoil(spoiled)
    text = refusal(spoiled.folder)
    assert re.search(message, text), text
    assert "\n" not in text
    assert "polars" not in text.lower()


@pytest.mark.parametrize("case", ["text instead of a number", "above the range"])
def test_messages_do_not_change_with_a_cache(case, spoiled, tmp_path):
    CASES[case][0](spoiled)
    texts = {refusal(spoiled.folder, cache=tmp_path / "cache") for _ in range(2)}
    assert texts == {refusal(spoiled.folder)}
