"""The options `--engine`, `--master` and `--spark-option`, which features and score share."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class EngineName(StrEnum):
    """Where the features and scores are computed."""

    LOCAL = "local"
    SPARK = "spark"


Engine = Annotated[
    EngineName, typer.Option(help="Compute on this machine, or on a Spark cluster (docs/scale.md).")
]
Master = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="With --engine spark: URL of the cluster, such as spark://host:7077 or yarn; by "
        "default the one in Spark's own configuration.",
    ),
]
SparkOptionTexts = Annotated[
    list[str] | None,
    typer.Option(
        "--spark-option",
        metavar="NAME=VALUE",
        help="With --engine spark: a property of Spark, e.g. spark.executor.memory=4g. Repeatable.",
    ),
]


@contextmanager
def spark_on(
    master: str | None, option_texts: list[str] | None, unused: Mapping[str, bool]
) -> "Iterator[SparkSession]":
    """A session on the cluster; SettingError for options that only the local engine has.

    `unused` says of each of these options whether it was given.
    """
    from credit_scoring.errors import SettingError
    from credit_scoring.spark.session import parse_options, spark_session

    for option, is_given in unused.items():
        if is_given:
            raise SettingError(f"{option} needs --engine local: remove {option}")
    with spark_session(master, parse_options(option_texts or [])) as session:
        yield session


def require_no_spark_options(master: str | None, option_texts: list[str] | None) -> None:
    """SettingError for options of a cluster with the local engine."""
    from credit_scoring.errors import SettingError

    for option, value in (("--master", master), ("--spark-option", option_texts)):
        if value:
            raise SettingError(f"{option} needs --engine spark")
