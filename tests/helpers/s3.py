"""An S3 server on this machine, moto's, that can refuse requests or go away in the middle of an upload."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

import boto3
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1",
}  # fmt: skip
DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"


class S3Server:
    """A server with one bucket, `bucket`; its objects outlive `stop`."""

    def __init__(self) -> None:
        self.denied = False
        self.uploads_left: int | None = None  # after so many it goes away
        self._app = DomainDispatcherApplication(create_backend_app)
        self._port = 0
        self.start()
        self._client().create_bucket(Bucket="bucket")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        self._server = make_server("127.0.0.1", self._port, self._answer, threaded=True)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def names(self) -> set[str]:
        """Return the names of all objects."""
        pages = self._client().get_paginator("list_objects_v2").paginate(Bucket="bucket")
        return {one["Key"] for page in pages for one in page.get("Contents", [])}

    def _client(self) -> Any:
        account = {name.lower(): value for name, value in list(ACCOUNT.items())[:2]}
        return boto3.client("s3", endpoint_url=self.url, region_name=ACCOUNT["AWS_DEFAULT_REGION"], **account)

    def _answer(self, request: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if self.denied:
            start("403 Forbidden", [("Content-Type", "application/xml"), ("Content-Length", str(len(DENIED)))])
            return [DENIED]
        if request["REQUEST_METHOD"] == "PUT" and self.uploads_left is not None:
            self.uploads_left -= 1
            if self.uploads_left == 0:
                threading.Thread(target=self.stop).start()
        return self._app(request, start)
