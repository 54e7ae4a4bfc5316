"""Official weather warnings of the Deutscher Wetterdienst, for communes (COMMUNEUNION), as its whole state (STAT).

The archive holds every warning now in force, so what is not in it has ended. An update is a new message that refers
to the earlier ones. A member that cannot be read keeps the warning it would replace in force.
"""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta
from typing import ClassVar

from feeds import cap
from feeds.contract import Batch, Dropped, Garbled, Http
from feeds.unzipping import MAX_MEMBER, Member, members
from geodata.model import geometry
from geodata.model.ref import id_of
from geodata.model.warning import OfficialWarning

PUBLIC = "https://opendata.dwd.de/weather/alerts/cap"
FILE = "COMMUNEUNION_DWD_STAT/Z_CAP_C_EDZW_LATEST_PVW_STATUS_PREMIUMDWD_COMMUNEUNION_MUL.zip"
NRW_BOX = (5.8, 50.3, 9.5, 52.6)
LANGUAGES = ("de", "en")
METRES_PER_FOOT = 0.3048
EVERYWHERE_METRES = 3_000
"""Above all of Germany: the DWD's word for "at any height"."""
MAX_NAMES = 500

_IDENTIFIER = re.compile(r"2\.49\.\d+\.\d+\.276\.\d+\.DWD\.[A-Za-z0-9.-]{8,150}")
_OURS = re.compile(rb"<identifier>\s*2\.49\.\d+\.\d+\.276\.|@dwd\.de\s*</sender>|<sender>[^<]*dwd\.de")
_REFERENCES = re.compile(rb"<references>([^<]*)</references>")
_MSG_TYPE = re.compile(rb"<msgType>\s*(\w+)\s*</msgType>")
_KNOWN_CODES = {"WARNCELLID", "EXCLUDE_POLYGON"}


class DwdCap:
    name: ClassVar[str] = "dwd_cap"
    title: ClassVar[str] = "DWD-Wetterwarnungen"
    publisher: ClassVar[str] = "Deutscher Wetterdienst (DWD)"
    licence: ClassVar[str] = "CC BY 4.0"
    attribution: ClassVar[str] = "Wetterwarnungen: Deutscher Wetterdienst"
    home: ClassVar[str] = "https://www.dwd.de/warnungen"
    every: ClassVar[timedelta] = timedelta(minutes=2)
    stale_after: ClassVar[timedelta] = timedelta(minutes=20)
    newest_within: ClassVar[timedelta | None] = timedelta(hours=6)
    """The archive is written anew about every ten minutes, also when nothing changed."""

    def __init__(self, base_url: str | None = None, *, area: str | None = "05") -> None:
        """`area` is an ARS prefix; warnings elsewhere are counted as outside. None for all of Germany."""
        self.base_url = (base_url or PUBLIC).rstrip("/")
        self._prefix = None if area is None else _ags(area)

    @property
    def url(self) -> str:
        return f"{self.base_url}/{FILE}"

    async def poll(self, http: Http, now: datetime) -> Batch:
        """Raises FeedError."""
        answer = await http.get(self.url)
        if answer.unchanged:
            return Batch(unchanged=True, newest=answer.date)
        # a stormy day's archive takes a second of computing
        batch = await asyncio.to_thread(self._archive, answer.body)
        batch.newest = answer.date or batch.newest
        return batch

    def recognises(self, path: str, payload: bytes) -> bool:
        """An archive of CAP files of the DWD, or one of its CAP files."""
        if payload[:2] == b"PK":
            names = re.findall(rb"2\.49\.\d+\.\d+\.276\.\d+\.DWD\.", payload)
            return bool(names) or "Z_CAP_C_EDZW" in path
        head = payload[:4096]
        return b"<alert" in head and b"urn:oasis:names:tc:emergency:cap:1." in head and bool(_OURS.search(head))

    def parse(self, path: str, payload: bytes, now: datetime) -> Batch:
        """An archive as a whole state, or one message as part of one. Raises Garbled."""
        if payload[:2] == b"PK":
            return self._archive(payload)
        batch = Batch()
        self._message(cap.read(payload, max_bytes=MAX_MEMBER, languages=LANGUAGES), batch)
        batch.newest = max((w.sent for w in batch.warnings), default=None)
        return batch

    def _archive(self, payload: bytes) -> Batch:
        batch = Batch(complete=True)
        read: list[cap.Message] = []
        for member in members(payload):
            if not member.name.endswith(".xml"):
                batch.unknown[f"file .{member.name.rsplit('.', 1)[-1][:10]}"] += 1
                continue
            if member.written and (batch.newest is None or member.written > batch.newest):
                batch.newest = member.written
            try:
                if member.content is None:
                    raise Garbled(member.problem)
                read.append(cap.read(member.content, max_bytes=MAX_MEMBER, languages=LANGUAGES))
            except Garbled as error:
                self._quarantine(member, str(error), batch)
        if batch.dropped and not read:
            raise Garbled(f"none of {len(batch.dropped)} messages can be read: {batch.dropped[0].reason}")
        replaced = {identifier for message in read for identifier in message.references}
        for message in read:
            if message.identifier in replaced:
                batch.unknown["replaced by another of the same archive"] += 1
            else:
                self._message(message, batch)
        return batch

    def _quarantine(self, member: Member, reason: str, batch: Batch) -> None:
        """What the member would have replaced stays as it is. If not even that can be told, nothing ends this time."""
        content = member.content or b""
        batch.dropped.append(Dropped(member.name, reason, content[:400].decode("utf-8", "replace")))
        own = _IDENTIFIER.match(member.name.removesuffix(".xml"))
        if own:
            batch.still_in_force.add(id_of(self.name, own[0]))
        referred = _REFERENCES.search(content)
        if referred:
            earlier = cap.references(referred[1].decode("utf-8", "replace"))
            batch.still_in_force.update(id_of(self.name, identifier) for identifier in earlier)
        kind = _MSG_TYPE.search(content)
        first_of_its_kind = kind is not None and kind[1] == b"Alert"
        if not (own and (referred or first_of_its_kind)):
            batch.complete = False

    def _message(self, message: cap.Message, batch: Batch) -> None:
        """One message; it goes nowhere only if it concerns another area or nobody (a test)."""
        batch.unknown.update(message.unknown)
        key = id_of(self.name, message.identifier)
        leading = message.info()
        if leading is None:
            batch.dropped.append(Dropped(message.identifier, "message without info"))
            batch.still_in_force.update((key, *(id_of(self.name, r) for r in message.references)))
            return
        if message.status != "Actual":
            batch.unknown[f"not in earnest: {message.status[:20]}"] += 1
            return
        cells = self._cells(leading, batch)
        shape, note = cap.shape_of(leading.areas, cut_out="EXCLUDE_POLYGON")
        if not self._concerns([c for c, _ in cells], shape):
            batch.outside += 1
            return
        inside = [(code, name) for code, name in cells if self._is_inside(code)]
        texts = [next((i for i in message.infos if i.language.lower().startswith(want)), None) for want in LANGUAGES]
        batch.warnings.append(
            OfficialWarning(
                key=key,
                channel="dwd",
                sent=message.sent,
                severity=leading.severity,
                level=message.level,
                texts=tuple(i.text for i in texts if i) or (leading.text,),
                msg_type=message.msg_type,
                status=message.status,
                urgency=leading.urgency,
                certainty=leading.certainty,
                event_code=dict(leading.event_codes).get("II"),
                onset=leading.onset,
                effective=leading.effective,
                expires=leading.expires,
                sender=message.sender,
                sender_name=leading.sender_name,
                web=leading.web or None,
                contact=leading.contact or None,
                area_names=tuple(dict.fromkeys(name for _, name in inside if name))[:MAX_NAMES],
                ags=tuple(dict.fromkeys(code for code, _ in inside)),
                geometry=shape,
                references=tuple(id_of(self.name, r) for r in message.references),
                parameters=_parameters(leading),
                note=note,
            )
        )

    def _cells(self, info: cap.Info, batch: Batch) -> list[tuple[str, str]]:
        """Keys (AGS, or its first five digits for a district) and names of the warned cells."""
        cells = []
        for area in info.areas:
            for name, _ in area.geocodes:
                if name not in _KNOWN_CODES:
                    batch.unknown[f"geocode {name[:30]}"] += 1
            for cell in area.codes("WARNCELLID"):
                ags = ags_of_cell(cell)
                if ags is None:
                    batch.unknown[f"warn cell {cell[:1]}…"] += 1
                else:
                    cells.append((ags, area.description))
        return cells

    def _is_inside(self, ags: str) -> bool:
        return self._prefix is None or ags.startswith(self._prefix) or self._prefix.startswith(ags)

    def _concerns(self, codes: list[str], shape: geometry.Geometry | None) -> bool:
        if self._prefix is None or any(map(self._is_inside, codes)):
            return True
        if shape is None:
            return not codes  # nothing tells where it is: better shown than lost
        return self._prefix.startswith("05") and geometry.intersects(shape.bbox, NRW_BOX)


def ags_of_cell(cell: str) -> str | None:
    """A warn cell's municipality key (8 + AGS) or district's five digits (1 + AGS, 9 for a part of a district)."""
    if len(cell) != 9 or not (cell.isascii() and cell.isdigit()):
        return None
    return cell[1:] if cell[0] == "8" else cell[1:6] if cell[0] in "19" else None


def _ags(area: str) -> str:
    """An ARS prefix as AGS prefix: the four digits of the Verband are left out."""
    return area if len(area) <= 5 else area[:5] + area[9:12] if area[5:].strip("0") else area[:5]


def _parameters(info: cap.Info) -> dict[str, str]:
    """The DWD's own parameters, its groups and colour, and the heights in metres where they limit the warning."""
    found = {name: value for name, value in info.parameters if value}
    found |= {name: value for name, value in info.event_codes if name in ("GROUP", "AREA_COLOR") and value}
    heights = {"altitude_m": [a.altitude for a in info.areas], "ceiling_m": [a.ceiling for a in info.areas]}
    for name, texts in heights.items():
        metres = {round(float(t) * METRES_PER_FOOT) for t in texts if re.fullmatch(r"-?\d{1,6}(\.\d+)?", t)}
        limits = metres - {0, EVERYWHERE_METRES}
        if limits:
            found[name] = str(min(metres) if name == "altitude_m" else max(metres))
    return dict(list(found.items())[:100])
