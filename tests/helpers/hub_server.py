"""A local server that speaks the part of the Hub's API that huggingface_hub uses to upload a model."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

OWNER, TOKEN = "ann", "hf_TokenOfAnn"


@dataclass
class Hub:
    """The server's repositories, {private, commits, branches: {name: {path: content}}}, and what was asked of it."""

    endpoint: str = ""
    repos: dict[str, dict[str, Any]] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)  # large files by their SHA-256
    requests: list[str] = field(default_factory=list)
    may_create: bool = True
    cut: tuple[str, ...] = ()  # requests to these paths get no answer: the connection ends in their middle

    def files(self, repo: str, branch: str = "main") -> dict[str, bytes]:
        """Return the files of a repository's newest commit."""
        return self.repos[repo]["branches"][branch]

    def asked(self, part: str) -> list[str]:
        """Return the requests in which a text occurs."""
        return [line for line in self.requests if part in line]


@contextmanager
def hub_server() -> Iterator[Hub]:
    """Run a server on a free port of this machine, in a thread."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    server.daemon_threads = True
    hub.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *given: Any) -> None:
        """Print nothing."""

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_PUT(self) -> None:
        self._answer("PUT")

    def _answer(self, method: str) -> None:
        path = urlsplit(self.path).path
        self.hub.requests.append(f"{method} {path}")
        length = int(self.headers.get("Content-Length", 0))
        if any(part in path for part in self.hub.cut):
            self.rfile.read(length // 2)
            self.close_connection = True
            return None
        body = self._body(length)
        if method == "PUT":  # the storage of large files takes no token: its address is the secret
            content = bytes(body)
            self.hub.objects[hashlib.sha256(content).hexdigest()] = content
            return self._send(200, {})
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._send(401, {"error": "Invalid credentials in Authorization header"})
        status, content = self._api(path.strip("/").split("/"), body)
        return self._send(status, content)

    def _body(self, length: int) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(length)
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _api(self, path: list[str], body: bytes) -> tuple[int, Any]:
        hub = self.hub
        if path == ["api", "validate-yaml"]:
            return 200, {"errors": [], "warnings": []}
        if path == ["api", "repos", "create"]:
            asked = json.loads(body)
            name = f"{asked['organization']}/{asked['name']}"
            if name in hub.repos:
                return 409, {"error": "You already created this model repo", "url": f"{hub.endpoint}/{name}"}
            if asked["organization"] != OWNER or not hub.may_create:
                return 403, {"error": f"You don't have the rights to create a model under {asked['organization']}"}
            hub.repos[name] = {
                "private": asked["visibility"] == "private",
                "commits": 0,
                "branches": {"main": {".gitattributes": b""}},
            }
            return 200, {"url": f"{hub.endpoint}/{name}"}
        if path[-4:] == ["info", "lfs", "objects", "batch"]:
            return 200, {"transfer": "basic", "objects": [self._action(one) for one in json.loads(body)["objects"]]}
        name = "/".join(path[2:4])
        if name not in hub.repos:
            return 404, {"error": "Repository not found"}
        return self._repo(name, path[4:], body)

    def _action(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return where to send a large file, or that it is there."""
        there = asked["oid"] in self.hub.objects
        upload = {"upload": {"href": f"{self.hub.endpoint}/storage/{asked['oid']}"}}
        return {**asked, **({} if there else {"actions": upload})}

    def _repo(self, name: str, path: list[str], body: bytes) -> tuple[int, Any]:
        repo = self.hub.repos[name]
        if not path or path[0] == "revision":
            return 200, {"id": name, "private": repo["private"], "sha": f"{repo['commits']:040x}", "siblings": []}
        kind, branch = path[0], path[1]
        if kind == "branch":
            repo["branches"].setdefault(branch, dict(repo["branches"]["main"]))
            return 200, {}
        files = repo["branches"][branch]
        if kind == "tree":
            listed = [{"path": at, "size": len(one), "oid": _git_hash(one)} for at, one in files.items()]
            return 200, [{"type": "file", **one} for one in listed]
        if kind == "preupload":
            return 200, {"files": [self._mode(one, files) for one in json.loads(body)["files"]]}
        if not name.startswith(f"{OWNER}/"):
            return 403, {"error": "You need write access to this repository"}
        for line in body.splitlines():
            self._change(json.loads(line), files)
        repo["commits"] += 1
        made = f"{repo['commits']:040x}"
        return 200, {"commitUrl": f"{self.hub.endpoint}/{name}/commit/{made}", "commitOid": made}

    def _mode(self, asked: dict[str, Any], files: dict[str, bytes]) -> dict[str, Any]:
        """Return whether a file is a large one, and the hash of the one that the repository has."""
        large, there = asked["path"].endswith((".safetensors", ".gguf")), files.get(asked["path"])
        found = {} if there is None else {"oid": hashlib.sha256(there).hexdigest() if large else _git_hash(there)}
        return {"path": asked["path"], "uploadMode": "lfs" if large else "regular", "shouldIgnore": False} | found

    def _change(self, line: dict[str, Any], files: dict[str, bytes]) -> None:
        kind, value = line["key"], line["value"]
        if kind == "file":
            files[value["path"]] = base64.b64decode(value["content"])
        elif kind == "lfsFile":
            files[value["path"]] = self.hub.objects[value["oid"]]
        elif kind == "deletedFile":
            del files[value["path"]]

    def _send(self, status: int, content: Any) -> None:
        sent = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(sent)))
        if status == 404:
            self.send_header("X-Error-Code", "RepoNotFound")
        self.end_headers()
        self.wfile.write(sent)


def _git_hash(content: bytes) -> str:
    return hashlib.sha1(f"blob {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()
