"""?next= of the sign-in leads to pages of the app only."""

import pytest

from credit_scoring.serving.pages.next_page import is_local


@pytest.mark.parametrize(
    "path",
    [
        "decisions",
        "decisions?model=m%2F1&limit=5",
        "decisions/0192a6f0-0000-7000-8000-000000000000/letter?lang=fr",
        "monitoring/features/EXT_SOURCE_2",
        "threshold?threshold=0.1&ratio=10",
    ],
)
def test_pages_of_the_app_are_local(path):
    assert is_local(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/decisions",
        "//evil.example",
        "///evil.example",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "\\\\evil.example",
        "/\\evil.example",
        "..//evil.example",
        "../other-app",
        "decisions/../../other-app",
        "decisions/..",
        ".",
        "%2e%2e/other-app",
        "decisions//evil.example",
        "decisions?a\r\nSet-Cookie: a=b",
        "decisions\n",
        "decisions?a b",
        "decisions#fragment",
        "@evil.example",
        "sign-in",
        "sign-in?next=decisions",
        "sign-out",
        "d" * 1001,
    ],
    ids=range(26),
)
def test_anything_else_is_not_followed(path):
    assert not is_local(path)
