"""Where a partner's address really leads. What an address says is never believed: the machine that it names is looked
up once, every answer is checked, and exactly one of the checked answers is called; a name that changes its mind
between the check and the call (rebinding) changes nothing.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[list[str]]]
_TRANSLATED = tuple(
    ip_network(network)
    for network in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::ffff:0:0/96", "::/96")
)
"""NAT64, 6to4, Teredo, mapped and compatible: in them an IPv4 address is hidden that nobody has looked at."""
_SPECIAL = tuple(
    ip_network(network)
    for network in ("192.0.0.0/24", "192.88.99.0/24", "100::/64", "2001::/23", "3fff::/20", "5f00::/16", "fec0::/10")
)
"""What Python 3.11 still takes for global, and IANA's registries of special purposes do not; in the first is a cloud's
metadata service."""
MOST_ANSWERS = 16


class Unreachable(Exception):
    """A partner's address that may not be called, or does not answer."""


@dataclass(frozen=True, slots=True)
class Place:
    """`addresses` were all checked, and are what to connect to; `private` if one of the named networks holds them."""

    url: httpx.URL
    addresses: tuple[str, ...]
    private: bool


def networks(named: Iterable[str]) -> tuple[Network, ...]:
    """Raises ValueError."""
    return tuple(ip_network(name) for name in named)


def inside(address: Address, named: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in named)


def public(address: Address) -> bool:
    """Whether it is somewhere in the internet, and nowhere else."""
    if inside(address, _TRANSLATED) or inside(address, _SPECIAL):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


async def look_up(host: str, port: int) -> list[str]:
    """By the system's resolver. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


async def place_of(url: str, named: Iterable[Network], resolve: Resolve = look_up) -> Place:
    """Raises Unreachable if the address is none, leads to a place that may not be called, or cannot be looked up."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError) as error:
        raise Unreachable(f"url: {error}") from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise Unreachable("url: it must begin with https:// (http:// only in named private networks)")
    if parsed.userinfo or parsed.fragment:
        raise Unreachable("url: it must hold neither a password nor a #")
    try:
        answers = await resolve(parsed.raw_host.decode("ascii"), parsed.port or _usual(parsed))
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"url: {parsed.host} cannot be looked up") from error
    if not 0 < len(answers) <= MOST_ANSWERS:
        raise Unreachable(f"url: {parsed.host} leads to {len(answers)} addresses")
    named = tuple(named)
    private = [_checked(answer, parsed, named) for answer in answers]
    if parsed.scheme == "http" and not all(private):
        raise Unreachable("url: outside of the named private networks only https:// is called")
    return Place(parsed, tuple(answers), all(private))


def _checked(answer: str, url: httpx.URL, named: tuple[Network, ...]) -> bool:
    """Whether it is in a private network that we have named; raises Unreachable if it is not, and not public either."""
    try:
        address = ip_address(answer)
    except ValueError as error:
        raise Unreachable(f"url: {url.host} leads to no address") from error
    if inside(address, named):
        return True
    if not public(address):
        raise Unreachable(f"url: {url.host} leads into a private network that federation.networks does not name")
    return False


def _usual(url: httpx.URL) -> int:
    return 443 if url.scheme == "https" else 80
