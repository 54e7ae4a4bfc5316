"""CAP by address: an alert itself, or an Atom or RSS index that links to alerts on the same host."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urljoin, urlsplit

from feeds import cap
from feeds.configured.entries import entries, xml_root
from feeds.contract import Batch, Dropped, Garbled
from geodata.model.geometry import Bbox, intersects
from geodata.model.ref import id_of
from geodata.model.warning import OfficialWarning

MOST = 300
"""Alerts of one index that are read at one look."""
_TYPES = ("application/cap+xml", "application/common-alerting-protocol+xml")
_LANGUAGES = ("de", "en")


def is_alert(payload: bytes) -> bool:
    """Whether the answer is a CAP alert and no index. Raises Garbled."""
    root = xml_root(payload)
    return isinstance(root.tag, str) and root.tag.rsplit("}", 1)[-1] == "alert"


def linked(payload: bytes, base: str) -> tuple[dict[str, str], list[Dropped]]:
    """Addresses of the alerts by address and the index's time of each, and entries that lead elsewhere.

    Raises Garbled."""
    found: dict[str, str] = {}
    dropped: list[Dropped] = []
    for number, entry in enumerate(entries(payload)):
        links = [link for link in entry.get("links", []) if isinstance(link, dict) and link.get("href")]
        typed = [link["href"] for link in links if link.get("type") in _TYPES]
        named = str(entry.get("id") or number)
        target = next(iter(typed), None) or entry.get("cap") or entry.get("link")
        if not isinstance(target, str) or not target:
            dropped.append(Dropped(named[:80], "no link to an alert", str(entry)[:400]))
            continue
        address = urljoin(base, target)
        if not same_place(address, base):
            dropped.append(Dropped(named[:80], "links to another place", address[:400]))
        elif len(found) >= MOST and address not in found:
            dropped.append(Dropped(named[:80], f"more than {MOST} alerts", address[:400]))
        else:
            found[address] = str(entry.get("updated") or entry.get("published") or "")
    return found, dropped


def same_place(address: str, base: str) -> bool:
    """The same scheme, host and port: nothing a source writes leads us anywhere else."""
    try:
        there, here = urlsplit(address), urlsplit(base)
        return (there.scheme, there.hostname, there.port) == (here.scheme, here.hostname, here.port)
    except ValueError:
        return False


def read(payload: bytes) -> cap.Message:
    """Raises Garbled."""
    return cap.read(payload)


class Alerts:
    """Messages as warnings, into a batch."""

    def __init__(self, name: str, publisher: str, box: Bbox | None, now: datetime) -> None:
        self._name, self._publisher, self._box, self._now = name, publisher, box, now
        self.batch = Batch()

    def take(self, messages: list[cap.Message]) -> None:
        replaced = {identifier for message in messages for identifier in message.references}
        for message in messages:
            if message.identifier in replaced:
                self.batch.unknown["replaced by another of the same index"] += 1
            else:
                self._one(message)

    def _one(self, message: cap.Message) -> None:
        batch, key = self.batch, id_of(self._name, message.identifier)
        batch.unknown.update(message.unknown)
        leading = message.info()
        if leading is None:
            if message.msg_type != "Cancel":
                batch.dropped.append(Dropped(message.identifier[:80], "message without info"))
                batch.still_in_force.update((key, *(id_of(self._name, r) for r in message.references)))
            return
        if message.status != "Actual":
            batch.unknown[f"not in earnest: {message.status[:20]}"] += 1
            return
        batch.newest = max(filter(None, (batch.newest, min(message.sent, self._now))))
        if leading.expires is not None and leading.expires <= self._now:
            batch.unknown["has expired"] += 1
            return
        shape, note = cap.shape_of(leading.areas)
        if shape is not None and self._box is not None and not intersects(shape.bbox, self._box):
            batch.outside += 1
            return
        texts = [next((i for i in message.infos if i.language.lower().startswith(want)), None) for want in _LANGUAGES]
        names = [area.description for area in leading.areas if area.description]
        batch.warnings.append(
            OfficialWarning(
                key=key,
                channel=self._name,
                sent=message.sent,
                severity=leading.severity,
                level=message.level,
                texts=tuple(i.text for i in texts if i) or (leading.text,),
                msg_type=message.msg_type,
                status=message.status,
                urgency=leading.urgency,
                certainty=leading.certainty,
                onset=leading.onset,
                effective=leading.effective,
                expires=leading.expires,
                sender=message.sender,
                sender_name=leading.sender_name or self._publisher,
                web=leading.web or None,
                contact=leading.contact or None,
                area_names=tuple(dict.fromkeys(names))[:200],
                geometry=shape,
                references=tuple(id_of(self._name, r) for r in message.references),
                note=note,
            )
        )


def refused_whole(messages: list[cap.Message], dropped: list[Dropped]) -> None:
    """Raises Garbled if not one message of an index that has some can be read."""
    if dropped and not messages:
        raise Garbled(f"none of {len(dropped)} alerts can be read: {dropped[0].reason}")
