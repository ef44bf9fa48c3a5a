"""Conversion of Polars frames for Spark's Python workers: a schema, and Arrow batches."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

# By the name of a Polars dtype.
SPARK_TYPES = {
    "Int8": "tinyint",
    "Int16": "smallint",
    "Int32": "int",
    "Int64": "bigint",
    "Float32": "float",
    "Float64": "double",
    "String": "string",
    "Enum": "string",
    "List(String)": "array<string>",
}


def spark_schema(schema: "pl.Schema") -> str:
    """The columns in the language of Spark's schemas."""
    types = {
        name: SPARK_TYPES[str(dtype).partition("(categories")[0]] for name, dtype in schema.items()
    }
    return ", ".join(f"`{name}` {spark_type}" for name, spark_type in types.items())


def to_batches(frame: "pl.DataFrame") -> list[Any]:
    """The frame as record batches of types that Spark reads: texts without a dictionary."""
    import polars as pl  # noqa: PLC0415 - only the executors need it
    import pyarrow as pa  # noqa: PLC0415

    texts = frame.with_columns(pl.col(pl.Enum).cast(pl.String))
    table = texts.to_arrow(compat_level=pl.CompatLevel.oldest())
    schema = pa.schema([(field.name, _short(field.type)) for field in table.schema])
    batches: list[Any] = table.cast(schema).to_batches()
    return batches


def _short(arrow_type: Any) -> Any:
    """The type with offsets of 32 bits, as Spark's are."""
    import pyarrow as pa  # noqa: PLC0415 - only the executors need it

    if pa.types.is_large_list(arrow_type):
        return pa.list_(_short(arrow_type.value_type))
    return pa.string() if pa.types.is_large_string(arrow_type) else arrow_type
