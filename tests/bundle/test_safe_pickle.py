"""Safe unpickling: only one CustomThresholdLGBM with plain values is loaded."""

import functools
import pickle
import pickletools

import pytest

from credit_scoring.bundle.manifest import MODEL_FILE
from credit_scoring.bundle.read_bundle import read_bundle
from credit_scoring.bundle.safe_pickle import ALLOWED_GLOBAL, ALLOWED_OPCODES, load_state
from credit_scoring.errors import BundleError
from credit_scoring.estimator.state import ADDED_PARAMS
from custom_threshold_model import CustomThresholdLGBM
from tests.bundle.crafted import (
    CLASS,
    MARK,
    MODULE,
    PROTO,
    STOP,
    body,
    built,
    bundle_with,
    lookup,
    text,
)

STATE = CustomThresholdLGBM().__getstate__()  # of an unfitted model: small and complete
GOOD = PROTO + built(body(STATE)) + STOP
REDUCE = text("echo") + pickle.TUPLE1 + pickle.REDUCE


def test_the_allowed_class_is_ours():
    ours = (CustomThresholdLGBM.__module__, CustomThresholdLGBM.__qualname__)
    assert ALLOWED_GLOBAL == (MODULE, CLASS) == ours


def with_added_params(state):
    """The state as it is read: a parameter that is saved only when set has its default."""
    return {**state, "params": {**ADDED_PARAMS, **state["params"]}}


def test_a_hand_made_pickle_is_loaded():
    assert load_state(GOOD, "model.pkl") == with_added_params(STATE)


def test_a_trained_model_is_loaded(bundle, bundle_folder):
    data = (bundle_folder / MODEL_FILE).read_bytes()
    assert {opcode.name for opcode, _, _ in pickletools.genops(data)} <= ALLOWED_OPCODES
    assert load_state(data, "model.pkl") == with_added_params(bundle.model.__getstate__())


def state_with(**changes):
    return PROTO + built(body({**STATE, **changes})) + STOP


STATE_ON_CLASS = (
    lookup()
    + pickle.MEMOIZE
    + pickle.EMPTY_TUPLE
    + pickle.NEWOBJ
    + pickle.BINGET
    + b"\x00"
    + body(STATE)
    + pickle.BUILD
)
PATHS = functools.reduce(lambda shared, _: [shared, shared], range(60), [])
BOMB = pickle.EMPTY_LIST + pickle.MEMOIZE
REFUSED = {
    "another global": (
        PROTO + built(body(STATE), lookup("os", "system")) + STOP,
        r"uses os\.system: only",
    ),
    "another class of the module": (
        PROTO + built(body(STATE), lookup(MODULE, "NotFittedError")) + STOP,
        r"uses custom_threshold_model\.NotFittedError: only",
    ),
    "a dotted name": (
        PROTO + built(body(STATE), lookup(MODULE, f"{CLASS}.__init__")) + STOP,
        rf"uses {MODULE}\.{CLASS}\.__init__: only",
    ),
    "a name through a module": (
        PROTO + built(body(STATE), lookup(MODULE, "os.system")) + STOP,
        rf"uses {MODULE}\.os\.system: only",
    ),
    "two lookups": (
        PROTO + lookup("os", "system") + built(body(STATE)) + STOP,
        "not hold exactly one object",
    ),
    "REDUCE": (PROTO + lookup("os", "system") + REDUCE + STOP, "operation TUPLE1 at byte"),
    "REDUCE with an empty tuple": (PROTO + lookup() + b")R" + STOP, "operation REDUCE at byte"),
    "GLOBAL": (b"cos\nsystem\n(S'true'\ntR.", "operation GLOBAL at byte 0: refused"),
    "INST": (PROTO + MARK + b"ios\nsystem\n" + STOP, "operation INST at byte"),
    "OBJ": (PROTO + MARK + lookup("os", "system") + pickle.OBJ + STOP, "operation OBJ at byte"),
    "NEWOBJ_EX": (PROTO + lookup() + b")}\x92" + STOP, "operation NEWOBJ_EX at byte"),
    "EXT1": (PROTO + pickle.EXT1 + b"\x01" + STOP, "operation EXT1 at byte"),
    "EXT2": (PROTO + pickle.EXT2 + b"\x01\x00" + STOP, "operation EXT2 at byte"),
    "EXT4": (PROTO + pickle.EXT4 + b"\x01\x00\x00\x00" + STOP, "operation EXT4 at byte"),
    "PERSID": (b"P1\n.", "operation PERSID at byte 0"),
    "BINPERSID": (PROTO + text("a") + pickle.BINPERSID + STOP, "operation BINPERSID at byte"),
    "a huge LONG1": (
        PROTO + pickle.LONG1 + b"\xff" + b"\x7f" * 255 + STOP,
        "whole number of 2039 bits at byte 2",
    ),
    "a LONG4": (PROTO + pickle.LONG4 + b"\x04\x00\x00\x00aaaa" + STOP, "operation LONG4 at byte"),
    "a text LONG": (b"L" + b"9" * 5000 + b"L\n.", "is not a pickle|operation LONG"),
    "a buffer": (PROTO + pickle.NEXT_BUFFER + STOP, "operation NEXT_BUFFER at byte"),
    "bytes": (
        PROTO + built(pickle.SHORT_BINBYTES + b"\x01a") + STOP,
        "operation SHORT_BINBYTES at byte",
    ),
    "a set": (PROTO + built(pickle.EMPTY_SET) + STOP, "operation EMPTY_SET at byte"),
    "trailing bytes": (GOOD + b"\x00", "has 1 bytes after its end: refused"),
    "a second pickle": (GOOD + GOOD, "bytes after its end: refused"),
    "two objects": (
        PROTO + built(body(STATE)) + built(body(STATE)) + STOP,
        "not hold exactly one object",
    ),
    "two states": (
        PROTO + built(body(STATE)) + body(STATE) + pickle.BUILD + STOP,
        "not hold exactly one object",
    ),
    "no state": (PROTO + lookup() + b")" + pickle.NEWOBJ + STOP, "not hold exactly one object"),
    "the class itself": (PROTO + lookup() + STOP, "not hold exactly one object"),
    "a plain value": (pickle.dumps({"a": 1}, protocol=4), "not hold exactly one object"),
    "a state for the class object": (PROTO + STATE_ON_CLASS + STOP, "is damaged"),
    "a state that is not a dictionary": (PROTO + built(body([1, 2])) + STOP, "is damaged"),
    "a state with a key too many": (state_with(extra=1), r"is damaged \(expected the keys"),
    "a state of another format": (state_with(format=99), "is damaged .*retrain"),
    "an invalid fitted part": (
        state_with(fitted={"model": "tree"}),
        r"is damaged \(expected the keys",
    ),
    "a list that holds itself": (
        PROTO + built(BOMB + pickle.BINGET + b"\x00" + b"a") + STOP,
        "is damaged",
    ),
    "a list with 2 to the 60 paths": (state_with(params=PATHS), "is damaged .*is in two places"),
    "a list of 100,000 levels": (
        PROTO + built(100_000 * pickle.EMPTY_LIST + 99_999 * pickle.APPEND) + STOP,
        "is damaged .*more than 16 levels",
    ),
    "too many operations": (
        PROTO + 5_000_000 * pickle.NONE + STOP,
        "has more than 1048576 operations: refused",
    ),
    "a stack that runs out": (PROTO + lookup() + b")\x81b" + STOP, "is damaged|is not a pickle"),
    "a missing memo": (PROTO + built(pickle.BINGET + b"\x09") + STOP, "is damaged"),
    "a future protocol": (b"\x80\xff" + GOOD[2:], "is damaged"),
    "a length beyond the end": (
        PROTO + pickle.BINUNICODE8 + b"\xff" * 8 + b"a" + STOP,
        "is not a pickle",
    ),
    "no end": (GOOD[:-1], "is not a pickle"),
    "nothing": (b"", "is not a pickle"),
    "text": (b"hello", "is not a pickle|operation"),
}


@pytest.mark.parametrize(("data", "message"), REFUSED.values(), ids=REFUSED)
def test_a_hostile_pickle_is_refused(data, message):
    before = dict(vars(CustomThresholdLGBM))
    with pytest.raises(BundleError, match=message) as caught:
        load_state(data, "some/model.pkl")
    assert str(caught.value).startswith("some/model.pkl ")
    assert dict(vars(CustomThresholdLGBM)) == before


class Payload:
    """Its pickle is a call that would write a file."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return open, (str(self.marker), "w")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_payload_is_refused_before_it_runs(tmp_path, bundle_folder, protocol):
    marker = tmp_path / "marker"
    folder = bundle_with(
        tmp_path / "latest", bundle_folder, pickle.dumps(Payload(marker), protocol=protocol)
    )
    with pytest.raises(BundleError, match=r"model\.pkl uses the pickle operation"):
        read_bundle(folder)
    assert not marker.exists()


def test_a_payload_inside_a_model_is_refused(tmp_path, bundle_folder):
    marker = tmp_path / "marker"
    call = lookup("pathlib", "Path.touch") + text(str(marker)) + pickle.TUPLE1 + pickle.REDUCE
    folder = bundle_with(tmp_path / "latest", bundle_folder, PROTO + built(call) + STOP)
    with pytest.raises(BundleError, match="operation TUPLE1"):
        read_bundle(folder)
    assert not marker.exists()
