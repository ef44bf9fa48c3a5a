"""The text of model.json, checked as strictly as the pickle: limits, shape, consistency."""

import json
import re
import reprlib
from collections import Counter
from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter, ValidationError

from credit_scoring.bundle.bundle_files import REMEDY
from credit_scoring.bundle.manifest import (
    FORMAT,
    MANIFEST_FILE,
    VERSION_LENGTH,
    GoldenRow,
    Manifest,
    ModelFeature,
)
from credit_scoring.bundle.reference import Reference
from credit_scoring.bundle.reference_check import reference_faults
from credit_scoring.contracts.scalar_check import is_valid
from credit_scoring.errors import BundleError

MAX_VALUES = 1 << 19  # numbers, texts, lists and objects in it
EXPECTED = {  # by pydantic's type of error; its own message serves for the others
    "missing": "expected a value",
    "unexpected_keyword_argument": "expected no such key",
    "extra_forbidden": "expected no such key",
}
NUMBERS = re.compile(r"\[\n[-+.eE\d,\s]+\]")  # a text in JSON contains no line break
MANIFEST = TypeAdapter(Manifest)
SHOWN = reprlib.Repr()  # of a value in a message
SHOWN.maxstring = 80  # characters


def parse_manifest(data: bytes, path: str) -> Manifest:
    """Validate model.json; BundleError names `path`, the field, its value and the remedy."""
    _require_format(_parse(data, path), path)
    try:
        manifest = MANIFEST.validate_json(data)
    except ValidationError as error:
        raise _invalid_field(error, path) from error
    _require_consistent(manifest, path)
    return manifest


def manifest_json(manifest: Manifest) -> bytes:
    """The content of model.json; BundleError if `parse_manifest` would refuse it."""
    values = {field.name: getattr(manifest, field.name) for field in fields(manifest)}
    values["features"] = [feature.as_dict() for feature in manifest.features]
    reference, term_model = values.pop("reference"), values.pop("term_model")
    if reference is not None:
        values["reference"] = reference.as_dict()
    if term_model is not None:
        values["term_model"] = term_model
    content = {"format": values.pop("format"), **values}
    data = (_indented(content) + "\n").encode()
    parse_manifest(data, MANIFEST_FILE)
    return data


def _indented(content: dict[str, Any]) -> str:
    """The JSON text with a line per value, but a list of numbers on one line."""
    text = json.dumps(content, indent=1, ensure_ascii=False)
    return NUMBERS.sub(lambda match: "".join(match[0].split()).replace(",", ", "), text)


def _parse(data: bytes, path: str) -> Any:
    """The JSON value in `data`, within the limit of values and without a repeated key."""
    if sum(data.count(mark) for mark in (b",", b"[", b"{")) > MAX_VALUES:
        raise BundleError(f"{path} holds more than {MAX_VALUES} values: {REMEDY}")
    try:
        return json.loads(data.decode(), object_pairs_hook=_with_unique_keys)
    except UnicodeDecodeError as error:
        raise BundleError(f"{path} is not UTF-8 text ({error}): {REMEDY}") from error
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{path} is not a manifest ({error}): {REMEDY}") from error


def _with_unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        ((key, count),) = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"{SHOWN.repr(key)} stands {count} times in an object: expected once")
    return content


def _require_format(content: Any, path: str) -> None:
    if not isinstance(content, dict):
        shown = SHOWN.repr(content)
        raise BundleError(f"{path} is not a manifest (it holds {shown}, no object): {REMEDY}")
    value = content.get("format")
    if type(value) is not int or value != FORMAT:
        is_newer = type(value) is int and value > FORMAT
        remedy = "install a newer version of this program, or train it again"
        reads = f"this program reads {FORMAT}: {remedy if is_newer else 'train it again'}"
        raise BundleError(f"{path} has format {SHOWN.repr(value)}, {reads}")


def _invalid_field(error: ValidationError, path: str) -> BundleError:
    """The error that names the first invalid field, and counts the others."""
    details = error.errors(include_url=False, include_context=False)
    first = details[0]
    if first["type"] == "json_invalid":
        return BundleError(f"{path} is not a manifest ({first['msg']}): {REMEDY}")
    field = ".".join(str(part) for part in first["loc"] if part != "feature")
    value = "absent" if first["type"] == "missing" else SHOWN.repr(first["input"])
    message = first["msg"].replace("Input should be", "expected").removeprefix("Value error, ")
    message = message.replace("Tuple should have", "expected")
    expected = EXPECTED.get(first["type"], message)
    others = f" ({len(details) - 1} more fields are invalid)" if len(details) > 1 else ""
    return _refusal(path, field, value, expected + others)


def _refusal(path: str, field: str, value: str, expected: str) -> BundleError:
    return BundleError(f"{path}: {field} is {value}: {expected}; {REMEDY}")


def _require_consistent(manifest: Manifest, path: str) -> None:
    """BundleError unless the parts of a manifest agree with each other."""
    start = manifest.pickle["sha256"][:VERSION_LENGTH]
    if manifest.version != start:
        expected = f"expected {start}, the start of pickle.sha256"
        raise _refusal(path, "version", SHOWN.repr(manifest.version), expected)
    _require_unique("features", [feature.name for feature in manifest.features], path)
    _require_unique("golden_rows", [row["name"] for row in manifest.golden_rows], path)
    requested = {f.name: f for f in manifest.features if f.is_requested}
    for row in manifest.golden_rows:
        _require_valid_inputs(row, requested, path)
    if manifest.reference is not None:
        _require_valid_reference(manifest, manifest.reference, path)


def _require_valid_reference(manifest: Manifest, reference: Reference, path: str) -> None:
    applicants = manifest.data["applicants"]
    for fault in reference_faults(reference, manifest.features, applicants):
        raise _refusal(path, fault.field, SHOWN.repr(fault.value), fault.expected)


def _require_unique(field: str, names: list[str], path: str) -> None:
    for name, count in Counter(names).most_common(1):
        if count > 1:
            raise _refusal(path, f"a name in {field}", SHOWN.repr(name), "expected it once")


def _require_valid_inputs(row: GoldenRow, requested: dict[str, ModelFeature], path: str) -> None:
    """BundleError unless the features of a golden row are a valid request."""
    inputs = row["features"]
    of_row = f"of golden row {SHOWN.repr(row['name'])}"
    for name in sorted(inputs.keys() ^ requested.keys()):
        value, expected = (
            ("absent", "a value") if name in requested else ("present", "no such name")
        )
        raise _refusal(path, f"feature {name} {of_row}", value, f"expected {expected}")
    for name, value in inputs.items():
        feature = requested[name]
        if not (feature.nullable if value is None else is_valid(value, feature.feature)):
            expected = "expected a value that a request may have"
            raise _refusal(path, f"feature {name} {of_row}", SHOWN.repr(value), expected)
