"""The Spark session of a command: connects to a cluster and ships the code to its executors."""

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from credit_scoring import errors
from credit_scoring.errors import CreditScoringError, SettingError
from credit_scoring.spark.archive import ARCHIVE_NAME, code_folder, write_archive

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

INSTALL = "make .venv/spark.done, or pip install -r requirements-spark.txt"
# Of ours in a traceback of a Python worker, which Spark sends as text.
OWN_ERROR = re.compile(r"^credit_scoring\.errors\.(\w+): (.+)$", re.MULTILINE)
JAVA_ERROR = re.compile(r"^: [\w.$]+: (.+)$", re.MULTILINE)  # of Spark, in Py4J's text
DEFAULTS = {
    "spark.app.name": "credit-scoring",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "5000",  # applicants: bounds a task's memory
    # A task is one thread: several run on one executor.
    "spark.executorEnv.POLARS_MAX_THREADS": "1",
    "spark.executorEnv.PYTHON_CPU_COUNT": "1",
}


class SparkError(CreditScoringError):
    """Spark cannot be started, or a job of it failed."""

    title = "Spark failed"


@contextmanager
def spark_session(
    master: str | None = None, options: Mapping[str, str] | None = None
) -> "Iterator[SparkSession]":
    """A session on the cluster at the URL `master`, by default that of Spark's own configuration.

    `options` are Spark's properties, which take precedence over DEFAULTS. Errors of Spark are
    raised as SparkError, those of ours in its Python workers as themselves.
    """
    if master is not None and master.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    with TemporaryDirectory() as folder, explain_spark_errors():
        session = _connect(master, {**DEFAULTS, **(options or {})})
        try:
            ship_code(session, Path(folder))
            yield session
        finally:
            session.stop()


def parse_options(texts: Sequence[str]) -> dict[str, str]:
    """Spark's properties from texts like spark.executor.memory=4g; SettingError names a bad one."""
    options = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.startswith("spark."):
            raise SettingError(
                f"--spark-option is {text!r}: expected a property of Spark and its value, such as "
                "spark.executor.memory=4g"
            )
        options[name] = value
    return options


def ship_code(session: "SparkSession", folder: Path) -> None:
    """Send the code to the executors, present and future; `folder` must outlive the session."""
    code = code_folder()
    if code is not None:  # else Spark sent the archive that this runs from
        archive = folder / ARCHIVE_NAME
        write_archive(archive, code)
        session.sparkContext.addPyFile(str(archive))


@contextmanager
def explain_spark_errors() -> Iterator[None]:
    """Wrap work on Spark: its errors become a CreditScoringError with one line of text."""
    if find_spec("pyspark") is None:
        raise SparkError(f"PySpark is not installed: {INSTALL}")
    from py4j.protocol import Py4JError  # noqa: PLC0415 - PySpark is optional
    from pyspark.errors import PySparkException  # noqa: PLC0415

    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise own_error(str(error)) or SparkError(error_summary(str(error))) from error


def _connect(master: str | None, options: Mapping[str, str]) -> "SparkSession":
    from pyspark.sql import SparkSession  # noqa: PLC0415 - PySpark is optional

    builder = SparkSession.builder
    if master is not None:
        builder = builder.master(master)
    for name, value in options.items():
        builder = builder.config(name, value)
    session: SparkSession = builder.getOrCreate()
    return session


def own_error(text: str) -> CreditScoringError | None:
    """The error of ours in a worker's traceback, if any."""
    match = OWN_ERROR.search(text)
    kind = getattr(errors, match[1], None) if match else None
    return kind(match[2]) if match and kind is not None else None


def error_summary(text: str) -> str:
    """The line of Spark's error that says what is wrong."""
    if "JAVA_GATEWAY_EXITED" in text:
        return (
            "Java stopped when Spark started, and its message may be above: check --master and "
            "--spark-option, and that JAVA_HOME is the folder of Java 17 or newer"
        )
    if "A master URL must be set" in text:
        return "no cluster is given: name it with --master"
    match = JAVA_ERROR.search(text)
    return match[1] if match else text.strip().partition("\n")[0]
