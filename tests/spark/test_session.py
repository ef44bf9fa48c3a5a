"""The Spark session's options and errors, without Spark."""

import pytest

from credit_scoring.errors import SettingError, TableError
from credit_scoring.spark.session import error_summary, own_error, parse_options

TRACEBACK = """An exception was thrown from the Python worker. Please see the stack trace below.
Traceback (most recent call last):
  File "credit-scoring.zip/credit_scoring/features/engines/spark.py", line 1, in _typed
polars.exceptions.InvalidOperationError: conversion failed

Traceback (most recent call last):
credit_scoring.errors.TableError: bureau has a value: "Dormant"
"""


def test_an_error_of_a_worker_is_raised_as_itself():
    error = own_error(TRACEBACK)
    assert isinstance(error, TableError)
    assert str(error) == 'bureau has a value: "Dormant"'


@pytest.mark.parametrize("text", ["", "ValueError: x", "credit_scoring.errors.NoSuchError: x"])
def test_another_error_is_not_ours(text):
    assert own_error(text) is None


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("[PATH] no such file\nJVM stack", "[PATH] no such file"),
        (
            "An error occurred.\n: org.apache.spark.SparkException: Job aborted\n\tat org.apache",
            "Job aborted",
        ),
        (
            "[JAVA_GATEWAY_EXITED] Java gateway process exited",
            "Java stopped when Spark started, and its message may be above: check --master",
        ),
        (
            "An error.\n: org.apache.spark.SparkException: A master URL must be set in your conf",
            "no cluster is given: name it with --master",
        ),
    ],
    ids=["pyspark", "java", "no-java", "no-master"],
)
def test_an_error_of_spark_is_one_line(text, summary):
    assert error_summary(text).startswith(summary)
    assert "\n" not in error_summary(text)


def test_options_are_properties_of_spark():
    texts = ["spark.executor.memory=4g", "spark.executor.extraJavaOptions=-Da=b"]
    assert parse_options(texts) == {
        "spark.executor.memory": "4g",
        "spark.executor.extraJavaOptions": "-Da=b",
    }


@pytest.mark.parametrize("text", ["spark.executor.memory", "memory=4g", "=4g"])
def test_another_option_is_refused(text):
    with pytest.raises(SettingError, match="expected a property of Spark"):
        parse_options([text])
