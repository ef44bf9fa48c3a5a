"""Tar files: plain files at the top, and no member that could be anything else."""

import io
import subprocess
import tarfile

import pytest

from credit_scoring.errors import SourceError
from credit_scoring.model_sources.tar_files import files_of_tar
from tests.model_sources.conftest import FILES
from tests.model_sources.tar_archives import add, tar_of, tar_writer

FORMATS = {"pax": tarfile.PAX_FORMAT, "gnu": tarfile.GNU_FORMAT, "ustar": tarfile.USTAR_FORMAT}


@pytest.mark.parametrize("tar_format", FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize("prefix", ["", "./"], ids=["names", "dots"])
def test_files_are_read_by_name(prefix, tar_format):
    assert files_of_tar(tar_of(FILES, prefix=prefix, tar_format=tar_format), "r.tar") == FILES


def test_documented_command_makes_such_a_file(tmp_path):
    folder = tmp_path / "bundle"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    command = ["tar", "-cf", tmp_path / "risk.tar", "-C", folder, "."]
    subprocess.run(command, check=True)
    assert files_of_tar((tmp_path / "risk.tar").read_bytes(), "r.tar") == FILES


def test_hidden_files_of_an_operating_system_are_skipped():
    data = tar_of({**FILES, "._model.pkl": b"metadata"})
    assert files_of_tar(data, "r.tar") == FILES


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": "link", "type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}, "not a regular"),
        ({"name": "link", "type": tarfile.LNKTYPE, "linkname": "model.pkl"}, "not a regular"),
        ({"name": "pipe", "type": tarfile.FIFOTYPE}, "not a regular"),
        ({"name": "zero", "type": tarfile.CHRTYPE}, "not a regular"),
        ({"name": "plots", "type": tarfile.DIRTYPE}, "not a regular"),
        ({"name": "../model.pkl"}, "plain file names"),
        ({"name": ".."}, "plain file names"),
        ({"name": ".hidden/model.pkl"}, "plain file names"),
        ({"name": "/etc/passwd"}, "plain file names"),
        ({"name": "plots/roc.png"}, "a bundle has no folders"),
        ({"name": "a\nb"}, "plain file names"),
        ({"name": "model.pkl"}, "'model.pkl' twice"),
    ],
    ids=lambda value: f"{value['name']!r} {value.get('type', '')}" if type(value) is dict else "",
)
def test_other_member_is_refused(fields, reason):
    with tar_writer() as (archive, buffer):
        for name, content in FILES.items():
            add(archive, name, content)
        add(archive, **fields)
    with pytest.raises(SourceError, match=rf"r\.tar has .*{reason}"):
        files_of_tar(buffer.getvalue(), "r.tar")


def test_sparse_file_is_refused():
    """A few bytes that claim to be terabytes of zeros."""
    with tar_writer() as (archive, buffer):
        headers = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.map": "0,0"}
        headers |= {"GNU.sparse.size": str(1 << 42), "GNU.sparse.name": "model.pkl"}
        add(archive, "model.pkl", pax_headers=headers)
    with pytest.raises(SourceError, match="not a regular file"):
        files_of_tar(buffer.getvalue(), "r.tar")


def test_size_beyond_the_limit_is_refused_before_it_is_read():
    with tar_writer() as (archive, buffer):
        add(archive, "model.json", b"{}")
        info = tarfile.TarInfo("model.pkl")
        info.size = 300 << 20
        buffer.write(info.tobuf())
    with pytest.raises(SourceError, match=r"(is larger than|is not a tar file)"):
        files_of_tar(buffer.getvalue(), "r.tar")


def test_many_members_are_refused():
    with tar_writer() as (archive, buffer):
        for number in range(400):
            add(archive, f".hidden{number}")
    with pytest.raises(SourceError, match="has more than 300 entries"):
        files_of_tar(buffer.getvalue(), "r.tar")


@pytest.mark.parametrize("cut", [100, 700, 1800])
def test_cut_file_is_refused(cut):
    with pytest.raises(SourceError, match=r"r\.tar (is not a tar file|has no model)"):
        files_of_tar(tar_of(FILES)[:cut], "r.tar")


@pytest.mark.parametrize("mode", ["w:gz", "w:xz"])
def test_compressed_file_is_refused(mode):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, content in FILES.items():
            add(archive, name, content)
    with pytest.raises(SourceError, match="is not a tar file, or is damaged"):
        files_of_tar(buffer.getvalue(), "r.tar")


def test_flipped_bytes_give_an_error_or_other_files():
    """No other kind of exception, whatever is damaged."""
    data = tar_of(FILES)
    for position in range(0, 2048, 7):
        damaged = data[:position] + bytes([data[position] ^ 0xFF]) + data[position + 1 :]
        try:
            assert set(files_of_tar(damaged, "r.tar")) >= {"model.pkl", "model.json"}
        except SourceError:
            continue


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_large_extended_header_is_refused_unread(kind):
    records = b"".join(b"12 %05d=ab\n" % number for number in range(200_000))
    with tar_writer() as (archive, buffer):
        add(archive, "header", records, type=kind)
    with pytest.raises(SourceError, match="its headers have more than 1048576 bytes"):
        files_of_tar(buffer.getvalue() + tar_of(FILES), "r.tar")


def test_many_global_headers_are_refused():
    block = tarfile.TarInfo.create_pax_global_header({"x": "y" * 4000})
    with pytest.raises(SourceError, match="is not a tar file, or is damaged"):
        files_of_tar(block * 400 + tar_of(FILES), "r.tar")
