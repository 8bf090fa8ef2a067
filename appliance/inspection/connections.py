"""The sockets of the daemon and of what it has started: which of them the settings account for."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import psutil

from appliance.inspection.process import NotAllowedError

DNS_PORT = 53


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the settings account for."""

    listening: frozenset[tuple[str, int]]
    """(address, port) of the web servers."""
    asked: frozenset[tuple[str, int]]
    """(host, port) of services that the unit may ask."""
    asked_addresses: frozenset[tuple[str, int]] = field(default_factory=frozenset)
    """The same, looked up."""


@dataclass(frozen=True, slots=True)
class Socket:
    """An internet socket, bound or connected."""

    is_stream: bool
    is_listening: bool
    local: tuple[str, int]
    """Address and port."""
    remote: tuple[str, int] | None


def open_sockets(processes: Iterable[psutil.Process]) -> list[Socket]:
    """Internet sockets of these processes; raises NotAllowedError."""
    found = []
    for process in processes:
        try:
            for each in process.net_connections(kind="inet"):
                if each.laddr:
                    found.append(
                        Socket(
                            each.type == socket.SOCK_STREAM,
                            each.status == psutil.CONN_LISTEN,
                            (each.laddr[0], each.laddr[1]),
                            (each.raddr[0], each.raddr[1]) if each.raddr else None,
                        )
                    )
        except psutil.AccessDenied as exc:
            raise NotAllowedError from exc
        except psutil.Error:
            continue
    return found


def unaccounted(sockets: Iterable[Socket], allowed: Allowed) -> Iterator[str]:
    """In words, each socket that nothing in the settings explains."""
    own_ports = {port for _, port in allowed.listening}
    for each in sockets:
        if each.remote is not None:
            if not _may_talk(each, each.remote, allowed, own_ports):
                yield f"talks to {_text(each.remote)}"
        elif each.is_listening:
            if not any(_is_at(each.local, host, port) for host, port in allowed.listening):
                yield f"listens on {_text(each.local)}"
        elif not each.is_stream and each.local[1] != 0:
            yield f"takes datagrams on {_text(each.local)}"


def _may_talk(each: Socket, remote: tuple[str, int], allowed: Allowed, own_ports: set[int]) -> bool:
    address, port = _address(remote[0]), remote[1]
    if each.is_stream and each.local[1] in own_ports:
        # Somebody has come to a web server.
        return True
    if not each.is_stream and port == DNS_PORT:
        return True
    if address.is_loopback and port in own_ports:
        return True
    return (str(address), port) in allowed.asked_addresses


def _is_at(local: tuple[str, int], host: str, port: int) -> bool:
    if local[1] != port:
        return False
    if host in ("", "::"):
        return True
    try:
        wanted = {str(info[4][0]) for info in socket.getaddrinfo(host, port)}
    except OSError:
        wanted = {host}
    return local[0] in wanted


def _address(ip: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = ipaddress.ip_address(ip.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


def looked_up(asked: Iterable[tuple[str, int]]) -> frozenset[tuple[str, int]]:
    """The addresses of these hosts now; a host that cannot be looked up has none."""
    found = set()
    for host, port in asked:
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            continue
        found |= {(str(_address(str(info[4][0]))), port) for info in infos}
    return frozenset(found)


def _text(address: tuple[str, int]) -> str:
    host = f"[{address[0]}]" if ":" in address[0] else address[0]
    return f"{host}:{address[1]}"
