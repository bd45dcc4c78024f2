"""The files that pages load: kept by browsers for a year, at addresses that change with what is in them, and sent
compressed. So are curves, which are numbers alone. Pages are not compressed: their length would give away what is
secret in them (BREACH)."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from functools import cache
from pathlib import Path

from flask import Flask, Response, request
from flask_compress import Compress

FOLDER = Path(__file__).parent / "static"
CURVES = frozenset({"curves.show_curve", "curves.show_curve_of_exercise"})


@cache
def path() -> str:
    """Under which the files are found; modules that load one another by relative names stay together."""
    digest = hashlib.sha256()
    for file in sorted(FOLDER.rglob("*")):
        if file.is_file():
            digest.update(str(file.relative_to(FOLDER)).encode() + b"\0" + file.read_bytes() + b"\0")
    return f"/static/{digest.hexdigest()[:16]}"


def register(app: Flask) -> None:
    """Has `app`, which was made with `path()`, send its static files so."""
    app.config.update(
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
        COMPRESS_REGISTER=False,
        COMPRESS_ALGORITHM=["br", "gzip"],
    )
    compress = Compress(app)

    @app.after_request
    def send(response: Response) -> Response:
        if request.endpoint in CURVES:
            return compress.after_request(response)
        if request.endpoint != "static" or not response.cache_control.max_age:
            return response
        response.cache_control.immutable = True
        response.direct_passthrough = False
        response.make_sequence()  # and the file is closed
        return compress.after_request(response)
