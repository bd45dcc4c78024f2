"""Stylesheets and scripts are sent compressed, and once; pages, which hold secrets, are sent as they are."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable

import brotli
import pytest

from service import assets
from tests.service.conftest import Parts

TAKES = {"Accept-Encoding": "gzip, deflate, br, zstd"}


@pytest.mark.parametrize(("taken", "unpack"), [("gzip, deflate", gzip.decompress), ("br, gzip", brotli.decompress)])
@pytest.mark.parametrize("name", ["style.css", "circuit.js", "vendor/dagre/dagre.esm.js"])
def test_what_pages_load_is_compressed_and_kept_for_a_year(
    running: Parts, name: str, taken: str, unpack: Callable[[bytes], bytes]
) -> None:
    plain = (assets.FOLDER / name).read_bytes()
    with running.app.test_client().get(f"{assets.path()}/{name}", headers={"Accept-Encoding": taken}) as answer:
        assert unpack(answer.data) == plain
        assert len(answer.data) < len(plain) / 2
        assert "Accept-Encoding" in answer.vary
        kept = answer.cache_control
        assert (kept.public, kept.immutable, kept.max_age) == (True, True, 365 * 24 * 3600)


def test_who_takes_nothing_compressed_gets_it_plain(running: Parts) -> None:
    with running.app.test_client().get(f"{assets.path()}/style.css") as answer:
        assert answer.data == (assets.FOLDER / "style.css").read_bytes()
        assert "Content-Encoding" not in answer.headers


def test_an_address_stands_for_what_is_in_the_files(running: Parts) -> None:
    page = running.app.test_client().get("/sign-in", headers=TAKES)
    addresses = re.findall(r'"(/static/[^"]+)"', page.text)
    assert addresses
    assert all(address.startswith(f"{assets.path()}/") for address in addresses)
    assert re.fullmatch(r"/static/[0-9a-f]{16}", assets.path())
    for other in ("/static/style.css", "/static/0123456789abcdef/style.css", f"{assets.path()}/none.css"):
        with running.app.test_client().get(other, headers=TAKES) as answer:
            assert answer.status_code == 404
            assert answer.headers["Cache-Control"] == "no-store"


def test_a_page_is_not_compressed_and_not_kept(running: Parts) -> None:
    page = running.app.test_client().get("/sign-in", headers=TAKES)
    assert "csrf_token" in page.text
    assert "Content-Encoding" not in page.headers
    assert page.headers["Cache-Control"] == "no-store"
