"""The family of errors: what each tells a client, and how one ends a program."""

import pytest

from credit_scoring.errors import (
    BundleError,
    CreditScoringError,
    FeatureError,
    FieldError,
    RequestError,
    SettingError,
    TableError,
    message_on_exit,
)


@pytest.mark.parametrize(
    ("error", "status", "title"),
    [
        (CreditScoringError, 500, "Something went wrong"),
        (SettingError, 500, "Wrong setting"),
        (TableError, 422, "Table refused"),
        (FeatureError, 422, "Features refused"),
        (BundleError, 503, "Model unusable"),
    ],
)
def test_every_error_is_of_the_family_and_carries_its_status_and_title(error, status, title):
    raised = error("what is wrong: how to mend it")
    assert isinstance(raised, CreditScoringError)
    assert (raised.status, raised.title, str(raised)) == (
        status,
        title,
        "what is wrong: how to mend it",
    )


def test_a_request_error_is_a_400_unless_told_otherwise():
    plain = RequestError("the body is empty")
    assert (plain.status, plain.title, plain.errors) == (400, "Bad request", ())
    told = RequestError(
        "too large", status=413, title="Too large", errors=(FieldError("a", "is wrong", 7),)
    )
    assert (told.status, told.title, told.errors[0]) == (
        413,
        "Too large",
        FieldError("a", "is wrong", 7),
    )


def test_an_error_of_ours_ends_the_program_with_its_text():
    with pytest.raises(SystemExit, match=r"^Model unusable: train one$"), message_on_exit():
        raise BundleError("train one")


def test_any_other_error_passes():
    with pytest.raises(KeyError), message_on_exit():
        raise KeyError
    with message_on_exit():
        pass
