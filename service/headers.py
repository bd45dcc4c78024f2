"""What every answer tells the browser: load from here only, run no inline script, guess no types, be in no frame."""

from __future__ import annotations

from flask import Flask, Response, request


def content_policy(frame_ancestors: str = "'none'", form_action: str = "'self'") -> str:
    """What the browser may load, who may show the page in a frame, and where its forms may lead."""
    return "; ".join(
        (
            "default-src 'self'",
            "img-src 'self' data:",
            "object-src 'none'",
            "base-uri 'none'",
            f"form-action {form_action}",
            f"frame-ancestors {frame_ancestors}",
        )
    )


def register(app: Flask) -> None:
    """Adds the headers to all answers of `app`; nothing but the static files may be kept by caches."""

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", content_policy())
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if request.endpoint != "static" or response.status_code >= 400:
            response.headers.setdefault("Cache-Control", "no-store")
        return response
