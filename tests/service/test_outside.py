"""Requests to other machines: https and public addresses only, whatever a name leads to."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from service import outside
from service.outside import LARGEST_ANSWER, Refused, Unreachable, ask, check_address
from tests.service.conftest import free_port


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "example.org",
        "",
        "https://",
        "https://user@example.org/",
        "https://example.org/#part",
        "https://example.org/a b",
        "https://example.org:port/",
        "https://[::1/",
        "https://localhost/",
        "https://x.localhost/",
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://192.168.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://[::1]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[2002:a00:1::]/",
    ],
)
def test_an_address_that_is_not_public_and_https_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        check_address(url)
    with pytest.raises(Refused):
        ask(url)


def test_a_public_address_is_taken() -> None:
    for url in (
        "https://example.org/path?query=1",
        "https://example.org:8443/",
        "https://1.1.1.1/",
        "https://[2606:4700::1]/",
    ):
        assert check_address(url).geturl() == url


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1"])
def test_what_a_name_leads_to_is_looked_at_and_not_the_name_alone(host: str) -> None:
    assert check_address(f"https://{host}/").hostname == host  # nothing to be seen in the name
    with pytest.raises(Refused, match="within this network"):
        ask(f"https://{host}/")


def test_where_private_addresses_are_allowed_plain_http_is_only_for_them() -> None:
    assert check_address("http://127.0.0.1/", allow_private=True)
    with pytest.raises(Refused, match="https"):
        ask("http://1.1.1.1/", allow_private=True)


def test_nobody_there_and_no_such_name_are_told_apart_from_an_answer() -> None:
    with pytest.raises(Unreachable, match="does not answer"):
        ask(f"http://127.0.0.1:{free_port()}/", allow_private=True)
    with pytest.raises(Unreachable, match="is not found"):
        ask("https://nowhere.invalid/", allow_private=True)


def test_a_redirection_is_not_followed_and_an_answer_without_end_is_cut() -> None:
    with answering() as address:
        answer = ask(f"{address}/moved?a=b", allow_private=True)
        assert (answer.status, answer.headers["Location"]) == (302, "https://169.254.169.254/")
        with pytest.raises(Unreachable, match="too large"):
            ask(f"{address}/large", allow_private=True)
        posted = ask(f"{address}/echo?a=b", allow_private=True, method="POST", body=b"said", headers={"X-Own": "1"})
        assert posted.body == b"POST /echo?a=b 1 said"


def test_an_answer_that_drips_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "LONGEST_ANSWER", 0.2)
    with answering() as address, pytest.raises(Unreachable, match="takes too long"):
        ask(f"{address}/slow", allow_private=True)


@contextmanager
def answering() -> Iterator[str]:
    """A server of this machine."""
    server = HTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", "https://169.254.169.254/")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        if self.path.startswith("/slow"):
            with suppress(OSError):  # it is not waited for
                for _ in range(200):
                    self.wfile.write(b"x")
                    time.sleep(0.05)
            return
        try:
            self.wfile.write(b"x" * (LARGEST_ANSWER + 1_000_000))
        except OSError:
            pass  # it was cut

    def do_POST(self) -> None:
        said = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"POST {self.path} {self.headers['X-Own']} {said}".encode())

    def log_message(self, format: str, *arguments: object) -> None:
        """Quietly."""
