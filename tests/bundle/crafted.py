"""Hand-made pickles, and bundles whose manifest has the digest of any pickle."""

import hashlib
import json
import pickle
import pickletools
import shutil

from credit_scoring.bundle.manifest import (
    MANIFEST_FILE,
    MODEL_FILE,
    VERSION_LENGTH,
    pickle_metadata,
)

PROTO, STOP, MARK = pickle.PROTO + b"\x04", pickle.STOP, pickle.MARK
MODULE, CLASS = "custom_threshold_model", "CustomThresholdLGBM"


def text(value):
    data = value.encode()
    return pickle.SHORT_BINUNICODE + bytes([len(data)]) + data


def lookup(module=MODULE, name=CLASS):
    """The opcodes that put the object `module.name` on the stack."""
    return text(module) + text(name) + pickle.STACK_GLOBAL


def built(state, cls=None):
    """The opcodes of an object whose state is made by the opcodes `state`."""
    return (cls or lookup()) + pickle.EMPTY_TUPLE + pickle.NEWOBJ + state + pickle.BUILD


def body(value):
    """The opcodes of a plain value."""
    data = pickle.dumps(value, protocol=4)
    start = 2 + (9 if len(data) > 13 and data[2:3] == pickle.FRAME else 0)
    assert pickletools.optimize(data)
    return data[start:-1]


def bundle_with(folder, bundle_folder, data, **changes):
    """A copy of the bundle with the pickle `data` and its digest, its manifest changed."""
    shutil.copytree(bundle_folder, folder)
    (folder / MODEL_FILE).write_bytes(data)
    manifest = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
    content = {**manifest, **describing(data), **changes}
    (folder / MANIFEST_FILE).write_text(json.dumps(content), encoding="utf-8")
    return folder


def describing(data):
    """The entries of a manifest that depend on the bytes of its pickle."""
    digest = hashlib.sha256(data).hexdigest()
    return {"version": digest[:VERSION_LENGTH], "pickle": pickle_metadata(data, digest)}
