"""A damaged SQLite file: every operation works or is a StorageError, and nothing else."""

import json
import random
import shutil
import sqlite3

import pytest

from credit_scoring.access.api_key import new_key
from credit_scoring.access.key_store import KeyStore
from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import migrate, prepare_database
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.errors import RequestError, StorageError

DAMAGES = 20
FLIPS = (1, 10, 100, 1000)  # bytes


@pytest.fixture
def sound_file(tmp_path, entry, record):
    """A database with a row in each table."""
    file = tmp_path / "sound.db"
    engine = open_database(f"sqlite:///{file}")
    migrate(engine)
    log = DecisionLog(engine)
    reasons = [{"code": "income", "text": "é" * 100}]
    for number in range(40):
        new_entry = entry(0.5, key_id="k1", reasons=reasons, applicant_id=str(number))
        log.append([new_entry], idempotency_record=record(f"order-{number}"))
        log.add_review(new_entry.decision_id, outcome="ACCEPTED", reviewer="é", reason="x" * 200)
        log.add_outcome(new_entry.decision_id, outcome=1)
        KeyStore(engine).add(new_key("branch", ["score"])[0])
    engine.dispose()
    return file


def damage(file, seed):
    """Change some bytes at random places."""
    randomness = random.Random(seed)  # noqa: S311 - no secret
    content = bytearray(file.read_bytes())
    for _ in range(FLIPS[seed % len(FLIPS)]):
        content[randomness.randrange(len(content))] = randomness.randrange(256)
    file.write_bytes(content)


def operations(engine, ids, entry, record):
    log = DecisionLog(engine)

    def as_json(decisions):
        return [json.dumps(one.as_dict(), allow_nan=False) for one in decisions if one]

    yield lambda: prepare_database(engine)
    yield lambda: as_json(log.page(limit=1000))
    yield lambda: as_json(log.iterate())
    for decision_id in ids:
        yield lambda decision_id=decision_id: as_json([log.find(decision_id)])
        yield lambda decision_id=decision_id: log.add_outcome(decision_id, outcome=0)
    for number in range(len(ids)):
        yield lambda number=number: log.find_idempotency_record("k1", f"order-{number}")
    yield KeyStore(engine).all
    yield log.check
    yield lambda: log.append([entry()], idempotency_record=record("new"))


def test_damaged_file_is_a_storage_error(sound_file, tmp_path, entry, record):
    ids = stored_ids(sound_file)
    failures = 0
    for seed in range(DAMAGES):
        file = tmp_path / f"damaged-{seed}.db"
        shutil.copy(sound_file, file)
        damage(file, seed)
        engine = open_database(f"sqlite:///{file}")
        for operation in operations(engine, ids, entry, record):
            try:
                operation()
            except (StorageError, RequestError):
                failures += 1
        engine.dispose()
    assert failures


def test_undecodable_message_of_sqlite_is_a_storage_error(sound_file):
    """Python cannot decode SQLite's message about a schema that is not UTF-8."""
    connection = sqlite3.connect(sound_file, isolation_level=None)
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(
        "UPDATE sqlite_master SET name = CAST(x'ff' AS TEXT), sql = 'x' WHERE name = 'keys'"
    )
    connection.close()
    engine = open_database(f"sqlite:///{sound_file}")
    with pytest.raises(StorageError, match="SQLITE_CORRUPT, the file is damaged: restore a backup"):
        prepare_database(engine)
    engine.dispose()


def stored_ids(file):
    engine = open_database(f"sqlite:///{file}")
    ids = [stored.decision_id for stored in DecisionLog(engine).iterate()]
    engine.dispose()
    return ids
