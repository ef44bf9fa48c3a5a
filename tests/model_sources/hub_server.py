"""A small Hugging Face Hub on 127.0.0.1: the endpoints that the real client calls, in memory.

Repositories keep every commit. A file whose name ends in .pkl or .png is stored by LFS, as the
Hub's .gitattributes say.
"""

import base64
import hashlib
import http.server
import json
import re
import threading
from urllib.parse import unquote, urlsplit

TOKEN = "hf_secret"  # noqa: S105 - of this server only
LFS_ENDINGS = (".pkl", ".png")


class HubServer:
    """`repositories` has, by name, the commits of each: a list of (commit hash, files by name)."""

    def __init__(self):
        self.repositories, self.private, self.requests = {}, set(), []
        self.uploads = {}  # LFS objects by SHA-256
        self.listed = {}  # replaces entries of a listing, by file name
        self.served = {}  # replaces the content of a download, by file name
        self.status = None  # answered to everything
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def respond(self):
                outer.handle(self)

            do_GET = do_HEAD = do_POST = do_PUT = respond  # noqa: N815 - the library's names

            def log_message(self, *arguments):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.routes = [
            ("GET", r"/api/models/(.+)/revision/(.+)", self.model_info),
            ("HEAD|GET", r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", self.download),
            ("POST", r"/api/repos/create", self.create),
            ("POST", r"/api/validate-yaml", lambda _request: (200, {"errors": [], "warnings": []})),
            ("POST", r"/api/models/(.+)/preupload/(.+)", self.preupload),
            ("POST", r"/(.+)\.git/info/lfs/objects/batch", self.lfs_batch),
            ("PUT", r"/lfs/(.+)", self.lfs_upload),
            ("POST", r"/api/models/(.+)/commit/(.+)", self.commit),
        ]

    def add(self, name, files):
        """Commit `files`; the commit's hash."""
        commits = self.repositories.setdefault(name, [])
        commits.append((hashlib.sha1(f"{name}{len(commits)}".encode()).hexdigest(), dict(files)))  # noqa: S324
        return commits[-1][0]

    def files(self, name):
        """The files of the last commit."""
        return self.repositories[name][-1][1]

    def handle(self, request):
        path = unquote(urlsplit(request.path).path)
        request.content = read_body(request)
        self.requests.append((request.command, path))
        status, body, headers = 404, {"error": "no such route"}, {}
        if self.status is not None:
            status, body = self.status, {"error": "down"}
        else:
            for methods, pattern, route in self.routes:
                match = re.fullmatch(pattern, path)
                if match and request.command in methods.split("|"):
                    status, body, *rest = route(request, *match.groups())
                    headers = rest[0] if rest else {}
                    break
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request.send_response(status)
        for name, value in ({"Content-Length": len(data)} | headers).items():
            request.send_header(name, str(value))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(data)

    def find(self, request, name, revision):
        """The commit of a revision; an error response if it does not exist or may not be seen."""
        is_authorised = request.headers.get("Authorization") == f"Bearer {TOKEN}"
        if name not in self.repositories or (name in self.private and not is_authorised):
            return None, (404, {}, {"X-Error-Code": "RepoNotFound"})
        commits = self.repositories[name]
        for commit, files in [("main", commits[-1][1]), *commits]:
            if commit == revision:
                return (commits[-1][0] if commit == "main" else commit, files), None
        return None, (404, {}, {"X-Error-Code": "RevisionNotFound"})

    def model_info(self, request, name, revision):
        commit, error = self.find(request, name, revision)
        if error:
            return error
        siblings = [listing(file, content) for file, content in commit[1].items()]
        siblings = [{**file, **self.listed.get(file["rfilename"], {})} for file in siblings]
        return 200, {"id": name, "sha": commit[0], "siblings": siblings}

    def download(self, request, name, revision, file):
        commit, error = self.find(request, name, revision)
        if error:
            return error
        content = self.served.get(file, commit[1][file])
        etag = hashlib.sha256(content).hexdigest()
        return 200, content, {"ETag": f'"{etag}"', "X-Repo-Commit": commit[0]}

    def create(self, request):
        content = json.loads(request.content)
        name = f"{content['organization']}/{content['name']}"
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"error": "Invalid token"}
        if name in self.repositories:
            return 409, {
                "error": "You already created this model repo",
                "url": f"{self.url}/{name}",
            }
        self.add(name, {".gitattributes": b"*.pkl filter=lfs\n"})
        if content.get("visibility") == "private":
            self.private.add(name)
        return 200, {"url": f"{self.url}/{name}", "name": name}

    def preupload(self, request, _name, _revision):
        files = [
            {
                "path": file["path"],
                "uploadMode": "lfs" if file["path"].endswith(LFS_ENDINGS) else "regular",
                "shouldIgnore": False,
            }
            for file in json.loads(request.content)["files"]
        ]
        return 200, {"files": files}

    def lfs_batch(self, request, _name):
        objects = [
            {**entry, "actions": {"upload": {"href": f"{self.url}/lfs/{entry['oid']}"}}}
            for entry in json.loads(request.content)["objects"]
        ]
        return 200, {"transfer": "basic", "objects": objects}

    def lfs_upload(self, request, oid):
        assert hashlib.sha256(request.content).hexdigest() == oid
        self.uploads[oid] = request.content
        return 200, b""

    def commit(self, request, name, _revision):
        lines = [json.loads(line) for line in request.content.splitlines()]
        if lines[0]["value"]["parentCommit"] != self.repositories[name][-1][0]:
            return 412, {"error": "A commit has happened since."}
        files = dict(self.files(name))
        for line in lines[1:]:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.uploads[value["oid"]]
            else:
                del files[value["path"]]
        oid = self.add(name, files)
        url = f"{self.url}/{name}/commit/{oid}"
        return 200, {"success": True, "commitOid": oid, "commitUrl": url}

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error):
        self._server.shutdown()
        self._server.server_close()


def read_body(request):
    """The body of a request, sent at once or in chunks."""
    if request.headers.get("Transfer-Encoding") != "chunked":
        return request.rfile.read(int(request.headers.get("Content-Length", 0)))
    body = b""
    while size := int(request.rfile.readline(), 16):
        body += request.rfile.read(size)
        request.rfile.readline()
    request.rfile.readline()
    return body


def listing(name, content):
    """A file as the Hub lists it."""
    blob = f"blob {len(content)}\0".encode() + content
    entry = {"rfilename": name, "size": len(content), "blobId": hashlib.sha1(blob).hexdigest()}  # noqa: S324
    if name.endswith(LFS_ENDINGS):
        digest = hashlib.sha256(content).hexdigest()
        entry["lfs"] = {"sha256": digest, "size": len(content), "pointerSize": 130}
    return entry
