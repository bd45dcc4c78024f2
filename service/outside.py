"""Requests to other machines, by https, and to public addresses only: what somebody else's answer names as an address
is no way into this network. The name is looked up once, and what was looked at is what is connected to."""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import urllib3

LARGEST_ANSWER = 4 * 1024 * 1024
LONGEST_ANSWER = 20.0  # seconds, from its head to its end
_CHUNK = 1 << 16
_TIMEOUT = urllib3.Timeout(connect=5, read=10)
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Unreachable(Exception):
    """No answer: the address is refused, not found, does not listen, or breaks off."""


class Refused(Unreachable):
    """An address that is none of ours to ask: not https, or private."""


@dataclass(frozen=True)
class Answer:
    """What came back; a redirection is an answer like any other, and not followed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def check_address(url: str, allow_private: bool = False) -> SplitResult:
    """The parts of `url`. Raises Refused unless it is https, with a host, and names no private address in figures;
    with `allow_private` these may be, also by plain http."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise Refused(f"{url!r} is not an address.") from None
    if not url.isprintable() or " " in url or not host or parts.username is not None or parts.fragment:
        raise Refused(f"{url!r} is not an address.")
    if parts.scheme != "https" and not (allow_private and parts.scheme == "http"):
        raise Refused(f"{url} does not start with https://.")
    if not allow_private and (host == "localhost" or host.endswith(".localhost")):
        raise Refused(f"{url} is an address within this network.")
    try:
        figures = ipaddress.ip_address(host)
    except ValueError:
        return parts
    if not allow_private and not _public(figures):
        raise Refused(f"{url} is an address within this network.")
    return parts


def ask(
    url: str,
    allow_private: bool = False,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """The answer to one request. Raises Unreachable. With `allow_private`, private addresses are asked as well, and
    only these by plain http."""
    parts = check_address(url, allow_private)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    sent = {"Host": parts.netloc, "User-Agent": "gradient-grader", **(headers or {})}
    trouble = ""
    for address in _looked_up(host, port):
        if _public(address):
            if parts.scheme != "https":
                raise Refused(f"{url} does not start with https://.")
        elif not allow_private:
            raise Refused(f"{host} is an address within this network.")
        with _pool(parts.scheme, host, address, port) as pool:
            try:
                return _answer(pool, method, target, body, sent)
            except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
                trouble = str(error)  # nothing was sent yet: the next address may do
            except urllib3.exceptions.HTTPError as error:
                raise Unreachable(f"{host} breaks off: {error}") from None
    raise Unreachable(f"{host} does not answer: {trouble}")


def _answer(
    pool: urllib3.HTTPConnectionPool, method: str, target: str, body: bytes | None, headers: Mapping[str, str]
) -> Answer:
    response = pool.urlopen(
        method, target, body=body, headers=headers, redirect=False, retries=False, preload_content=False
    )
    read, ends = bytearray(), time.monotonic() + LONGEST_ANSWER
    try:
        while some := response.read1(_CHUNK):  # what has come so far: who sends a byte now and then is not waited for
            read += some
            if len(read) > LARGEST_ANSWER:
                raise Unreachable("The answer is too large.")
            if time.monotonic() > ends:
                raise Unreachable("The answer takes too long.")
    finally:
        response.close()
    return Answer(response.status, response.headers, bytes(read))


def _pool(scheme: str, host: str, address: _Address, port: int) -> urllib3.HTTPConnectionPool:
    """Connections to `address`, whose certificate has to be that of `host`."""
    spoken = f"[{address}]" if address.version == 6 else str(address)
    if scheme == "http":
        return urllib3.HTTPConnectionPool(spoken, port, timeout=_TIMEOUT)
    return urllib3.HTTPSConnectionPool(
        spoken, port, timeout=_TIMEOUT, cert_reqs="CERT_REQUIRED", server_hostname=host, assert_hostname=host
    )


def _looked_up(host: str, port: int) -> Iterator[_Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"{host} is not found: {error}") from None
    for address in dict.fromkeys(str(entry[4][0]) for entry in found):
        yield ipaddress.ip_address(address.partition("%")[0])


def _public(address: _Address) -> bool:
    """Whether it is one of the internet's; one that carries another within is what that one is."""
    if isinstance(address, ipaddress.IPv6Address):
        within = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if within is None and address in ipaddress.ip_network("64:ff9b::/96"):
            within = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if within is not None:
            return _public(within)
    return address.is_global and not address.is_multicast
