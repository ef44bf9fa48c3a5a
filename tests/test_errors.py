"""The exceptions: status and title of each, and how one ends a program."""

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
    ("error_type", "status", "title"),
    [
        (CreditScoringError, 500, "Something went wrong"),
        (SettingError, 500, "Wrong setting"),
        (TableError, 422, "Table refused"),
        (FeatureError, 422, "Features refused"),
        (BundleError, 503, "Model unusable"),
    ],
)
def test_every_error_has_status_and_title(error_type, status, title):
    text = "the offender: the remedy"
    error = error_type(text)
    assert isinstance(error, CreditScoringError)
    assert (error.status, error.title, str(error)) == (status, title, text)


def test_request_error_is_400_by_default():
    error = RequestError("the body is empty")
    assert (error.status, error.title, error.errors) == (400, "Bad request", ())
    field_error = FieldError("a", "is wrong", 7)
    error = RequestError("too large", status=413, title="Too large", errors=(field_error,))
    assert (error.status, error.title, error.errors) == (413, "Too large", (field_error,))


def test_deliberate_error_exits_with_its_text():
    with pytest.raises(SystemExit, match=r"^Model unusable: train one$"), message_on_exit():
        raise BundleError("train one")


@pytest.mark.parametrize(
    "error",
    [
        KeyError(),
        FileNotFoundError(2, "No such file", "libgompers.csv"),
        ModuleNotFoundError("No module", name="credit_scoring.scorign"),
    ],
)
def test_other_errors_pass(error):
    with pytest.raises(type(error)), message_on_exit():
        raise error


def test_no_error_does_not_exit():
    with message_on_exit():
        pass
