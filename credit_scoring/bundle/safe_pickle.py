"""Loading one known pickle, and nothing else.

A pickle is a program. Ours needs one class, looked up once, and plain values; whatever else a file asks for is
refused before any of it runs. The grammar is read first (`pickletools.genops` executes nothing), then the
unpickler's only lookup is compared with the one allowed pair and answered without an import by name.
"""

import io
import pickle
import pickletools
from typing import Any

from credit_scoring.errors import BundleError
from custom_threshold_model import CustomThresholdLGBM

ALLOWED = ("custom_threshold_model", "CustomThresholdLGBM")
OPCODES = {
    *("PROTO", "FRAME", "STOP", "MARK", "MEMOIZE", "BINGET", "LONG_BINGET"),
    *(
        "SHORT_BINUNICODE",
        "BINUNICODE",
        "BINUNICODE8",
        "BINFLOAT",
        "BININT",
        "BININT1",
        "BININT2",
        "LONG1",
    ),
    *(
        "NONE",
        "NEWTRUE",
        "NEWFALSE",
        "EMPTY_DICT",
        "SETITEM",
        "SETITEMS",
        "EMPTY_LIST",
        "APPEND",
        "APPENDS",
    ),
    *("EMPTY_TUPLE", "STACK_GLOBAL", "NEWOBJ", "BUILD"),
}
ONCE = ("STACK_GLOBAL", "NEWOBJ", "BUILD")
LONG_BYTES = 16  # no count or seed of ours is wider


def load_model(data: bytes, name: str) -> CustomThresholdLGBM:
    """Unpickle `data`; BundleError, naming the file `name`, for anything but one CustomThresholdLGBM."""
    _check_grammar(data, name)
    try:
        model = _OneClass(data, name).load()
    except BundleError:
        raise
    except Exception as error:
        raise BundleError(f"{name} is damaged ({error}): train or fetch the model again") from error
    if type(model) is not CustomThresholdLGBM:
        raise BundleError(f"{name} holds a {type(model).__name__}: expected a CustomThresholdLGBM")
    return model


def _check_grammar(data: bytes, name: str) -> None:
    seen: dict[str, int] = {}
    end = 0
    try:
        for opcode, argument, position in pickletools.genops(data):
            seen[opcode.name] = seen.get(opcode.name, 0) + 1
            _check_opcode(opcode.name, argument, position, name)
            end = position or 0
    except (ValueError, IndexError, EOFError) as error:
        raise BundleError(
            f"{name} is no pickle ({error}): train or fetch the model again"
        ) from error
    if end != len(data) - 1:
        raise BundleError(f"{name} has {len(data) - 1 - end} bytes after its end: refused")
    if any(seen.get(opcode) != 1 for opcode in ONCE):
        raise BundleError(f"{name} does not hold exactly one object: refused")


def _check_opcode(opcode: str, argument: Any, position: int | None, name: str) -> None:
    if opcode not in OPCODES:
        raise BundleError(f"{name} uses the pickle operation {opcode} at byte {position}: refused")
    if opcode == "LONG1" and argument.bit_length() > 8 * LONG_BYTES:
        raise BundleError(
            f"{name} holds a whole number of {argument.bit_length()} bits at byte {position}: refused"
        )


class _OneClass(pickle.Unpickler):
    def __init__(self, data: bytes, file: str) -> None:
        super().__init__(io.BytesIO(data))
        self._file = file

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) != ALLOWED:
            raise BundleError(
                f"{self._file} asks for {module}.{name}: only {'.'.join(ALLOWED)} is allowed"
            )
        return CustomThresholdLGBM

    def persistent_load(self, pid: Any) -> Any:
        raise BundleError(f"{self._file} asks for the persistent object {pid!r}: refused")
