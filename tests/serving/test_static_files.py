"""Static files are compressed once, and kept by the browser under an address with their digest."""

import gzip
import re
from hashlib import sha256

import pytest

from credit_scoring.serving import static_files
from credit_scoring.serving.static_files import FOLDER, REVALIDATED, UNCHANGING

GZIP = {"Accept-Encoding": "gzip"}
SCRIPT = "swagger-ui/swagger-ui-bundle.js"


def version_of(name):
    return sha256((FOLDER / name).read_bytes()).hexdigest()[:12]


def test_text_is_compressed_and_whole(client):
    plain = client.get(f"/static/{SCRIPT}")
    packed = client.get(f"/static/{SCRIPT}", headers=GZIP)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data == (FOLDER / SCRIPT).read_bytes()
    assert len(packed.data) < len(plain.data) / 3
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert plain.headers["ETag"] != packed.headers["ETag"]


def test_text_is_compressed_once(client, monkeypatch):
    client.get("/static/page.css", headers=GZIP)
    monkeypatch.setattr(static_files, "compress", None)  # a second call would be an error
    assert client.get("/static/page.css", headers=GZIP).status_code == 200


@pytest.mark.parametrize("headers", [GZIP, {}], ids=["gzip", "plain"])
def test_unchanged_file_is_304(client, headers):
    tag = client.get("/static/page.css", headers=headers).headers["ETag"]
    answer = client.get("/static/page.css", headers={**headers, "If-None-Match": tag})
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["Cache-Control"] == REVALIDATED


@pytest.mark.parametrize(
    ("query", "kept"),
    [(f"?v={version_of('page.css')}", True), ("?v=000000000000", False), ("", False)],
    ids=["current", "other", "none"],
)
def test_only_the_address_with_the_digest_is_kept(client, query, kept):
    answer = client.get(f"/static/page.css{query}")
    assert answer.headers["Cache-Control"] == (UNCHANGING if kept else REVALIDATED)


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_links_of_a_page_carry_the_digest(client, path):
    html = client.get(path, headers={"Accept": "text/html"}).text
    links = re.findall(r'(?:href|src)="(?:\./)?static/([^"?]+)(\?[^"]*)?"', html)
    assert links
    assert [query for _, query in links] == [f"?v={version_of(name)}" for name, _ in links]


@pytest.mark.parametrize("name", ["nothing.css", "../page.py", "decide", "%2e%2e/page.py"])
def test_other_names_are_404(client, name):
    assert client.get(f"/static/{name}").status_code == 404


@pytest.mark.parametrize(
    ("name", "kind"),
    [("page.css", "text/css"), ("shared.js", "text/javascript"), ("icon.svg", "image/svg+xml")],
)
def test_types_do_not_depend_on_the_machine(client, name, kind):
    assert client.get(f"/static/{name}").mimetype == kind
