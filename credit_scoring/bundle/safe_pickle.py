"""Safe unpickling of one known class.

A pickle is a program. Ours needs one class and plain values. The operations are checked before any
of them runs (`pickletools.genops` executes nothing), then the unpickler's one class lookup is
compared with the allowed name and answered by a class that only keeps the state.
"""

import io
import pickle
import pickletools
from collections import Counter
from typing import Any

from credit_scoring.bundle.bundle_files import REMEDY
from credit_scoring.errors import BundleError
from credit_scoring.estimator.state import require, validate_state

ALLOWED_GLOBAL = ("custom_threshold_model", "CustomThresholdLGBM")
# fmt: off
ALLOWED_OPCODES = frozenset((
    "PROTO", "FRAME", "STOP", "MARK", "MEMOIZE", "BINGET", "LONG_BINGET",
    "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8",
    "BINFLOAT", "BININT", "BININT1", "BININT2", "LONG1", "NONE", "NEWTRUE", "NEWFALSE",
    "EMPTY_DICT", "SETITEM", "SETITEMS", "EMPTY_LIST", "APPEND", "APPENDS",
    "EMPTY_TUPLE", "STACK_GLOBAL", "NEWOBJ", "BUILD",
))
# fmt: on
SINGLE_OPCODES = ("STACK_GLOBAL", "NEWOBJ", "BUILD")  # one object: each occurs exactly once
MAX_OPERATIONS = 1 << 20  # a model has two per name and level; they are read in about a second
MAX_INTEGER_BYTES = 16  # wider than any count or seed in a model


def load_state(data: bytes, name: str) -> dict[str, Any]:
    """The state of the one CustomThresholdLGBM that is pickled in `data`, in today's format.

    BundleError with the file `name` for anything else. Makes no model: LightGBM reads nothing here.
    """
    _check_operations(data, name)
    try:
        saved: Any = _SingleClassUnpickler(data, name).load()
        require(type(saved) is _SavedModel, f"it is a {type(saved).__name__}")
        return validate_state(saved.state)
    except BundleError:
        raise
    except Exception as error:
        raise BundleError(f"{name} is damaged ({error}): {REMEDY}") from error


class _SavedModel:
    """Takes the place of CustomThresholdLGBM in unpickling: keeps the state and acts on nothing."""

    state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


def _check_operations(data: bytes, name: str) -> None:
    counts: Counter[str] = Counter()
    end = 0
    try:
        for number, (opcode, argument, position) in enumerate(pickletools.genops(data), 1):
            _check_operation(opcode.name, argument, position, name)
            counts[opcode.name] += 1
            if number > MAX_OPERATIONS:
                raise BundleError(f"{name} has more than {MAX_OPERATIONS} operations: refused")
            end = position or 0
    except (ValueError, IndexError, EOFError) as error:
        raise BundleError(f"{name} is not a pickle ({error}): {REMEDY}") from error
    if end != len(data) - 1:
        raise BundleError(f"{name} has {len(data) - 1 - end} bytes after its end: refused")
    if any(counts[opcode] != 1 for opcode in SINGLE_OPCODES):
        raise BundleError(f"{name} does not hold exactly one object: refused")


def _check_operation(opcode: str, argument: Any, position: int | None, name: str) -> None:
    if opcode not in ALLOWED_OPCODES:
        raise BundleError(f"{name} uses the pickle operation {opcode} at byte {position}: refused")
    if opcode == "LONG1" and argument.bit_length() > 8 * MAX_INTEGER_BYTES:
        size = f"a whole number of {argument.bit_length()} bits"
        raise BundleError(f"{name} holds {size} at byte {position}: refused")


class _SingleClassUnpickler(pickle.Unpickler):
    def __init__(self, data: bytes, file: str) -> None:
        super().__init__(io.BytesIO(data))
        self._file = file

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) != ALLOWED_GLOBAL:
            allowed = ".".join(ALLOWED_GLOBAL)
            raise BundleError(f"{self._file} uses {module}.{name}: only {allowed} is allowed")
        return _SavedModel

    def persistent_load(self, pid: Any) -> Any:
        raise BundleError(f"{self._file} uses the persistent object {pid!r}: refused")
