"""The DWD's open data directory with CAP warnings (FEEDS section 6.1) as a pure function to a reply."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from feeds.simulator.dwd_cap_xml import cap_xml
from feeds.simulator.gauge import LOCAL
from feeds.simulator.reply import Moment, Reply
from feeds.simulator.scenario import Scenario
from feeds.simulator.warnings import WeatherAlert, in_force

ROOT = "/dwd/weather/alerts/cap"
STATUS = "COMMUNEUNION_DWD_STAT"
DIFFERENCE = "COMMUNEUNION_DWD_DIFF"
LANGUAGES = ("DE", "EN", "MUL")
REFRESH = timedelta(minutes=10)
KEPT = timedelta(hours=2)
DIFFERENCES_KEPT = timedelta(hours=24)


def answer(scenario: Scenario, moment: Moment, path: str, query: Mapping[str, str]) -> Reply:
    """`path` below ROOT. Directories end with a slash, as on an Apache; without it they redirect."""
    match path.split("/")[1:]:
        case [""]:
            return _page("", [(f"{STATUS}/", moment.now, None), (f"{DIFFERENCE}/", moment.now, None)], moment)
        case [folder] if folder in (STATUS, DIFFERENCE):
            return Reply(301, b"", "text/html; charset=iso-8859-1", {"Location": f"{ROOT}/{folder}/"})
        case [folder, ""] if folder in (STATUS, DIFFERENCE):
            files = _files(scenario, moment, folder)
            return _page(folder, [(name, at, len(body)) for name, (at, body) in files.items()], moment)
        case [folder, name] if folder in (STATUS, DIFFERENCE) and name.endswith(".zip"):
            found = _files(scenario, moment, folder, only=name).get(name)
            if found:
                modified, body = found
                tag = f'"{len(body):x}-{int(modified.timestamp() * 1_000_000):x}"'
                headers = {"Accept-Ranges": "bytes", "Server": "Apache"}
                return Reply(200, body, "application/zip", headers, tag, modified + moment.ahead)
    page = b"<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>\n"
    return Reply(404, page, "text/html; charset=iso-8859-1")


def _files(
    scenario: Scenario, moment: Moment, folder: str, only: str | None = None
) -> dict[str, tuple[datetime, bytes]]:
    """Name -> (time of change, content). The full state is written anew every ten minutes; a difference whenever
    there is one."""
    files: dict[str, tuple[datetime, bytes]] = {}
    for language in LANGUAGES:
        if folder == STATUS:
            newest = _floor(moment.now)
            ages = range(int(KEPT / REFRESH))
            states = [(_stamp(newest - i * REFRESH), newest - i * REFRESH) for i in reversed(ages)]
            for stamp, at in [*states, ("LATEST", newest)]:
                name = f"Z_CAP_C_EDZW_{stamp}_PVW_STATUS_PREMIUMDWD_COMMUNEUNION_{language}.zip"
                if only in (None, name):
                    files[name] = at, _archive(scenario, moment, in_force(scenario.weather, at), at, language)
        else:
            times = sorted({a.sent for a in scenario.weather if moment.now - DIFFERENCES_KEPT < a.sent <= moment.now})
            for stamp, at in [*((_stamp(t), t) for t in times), *(("LATEST", t) for t in times[-1:])]:
                name = f"Z_CAP_C_EDZW_{stamp}_PVW_PREMIUMDWD_COMMUNEUNION_{language}.zip"
                if only in (None, name):
                    said = [a for a in scenario.weather if a.sent == at]
                    files[name] = at, _archive(scenario, moment, said, at, language)
    return files


def _floor(now: datetime) -> datetime:
    seconds = REFRESH.total_seconds()
    return datetime.fromtimestamp(now.timestamp() // seconds * seconds, UTC)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%d%H%M%S")


def _archive(scenario: Scenario, moment: Moment, alerts: list[WeatherAlert], at: datetime, language: str) -> bytes:
    """One XML per alert. With nothing in force the archive is valid and empty."""
    written = at.astimezone(LOCAL)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for alert in alerts:
            former = tuple(a for a in scenario.weather if a.uuid in alert.replaces)
            entry = zipfile.ZipInfo(f"{alert.identifier}.{language}.xml", written.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, cap_xml(alert, former, language, moment.ahead))
    return buffer.getvalue()


def _page(folder: str, entries: list[tuple[str, datetime, int | None]], moment: Moment) -> Reply:
    """The listing as an Apache with plain directory indexes writes it: one <a> per line, then time and size."""
    path = f"/weather/alerts/cap/{folder}/" if folder else "/weather/alerts/cap/"
    lines = [f"<html>\n<head><title>Index of {path}</title></head>\n<body>\n<h1>Index of {path}</h1><hr><pre>"]
    lines.append('<a href="../">../</a>')
    for name, at, size in entries:
        shown = (at + moment.ahead).astimezone(UTC).strftime("%d-%b-%Y %H:%M:%S")
        gap = " " * max(1, 90 - len(name))
        lines.append(f'<a href="{name}">{name}</a>{gap}{shown}  {"-" if size is None else size:>10}')
    lines.append("</pre><hr></body>\n</html>\n")
    return Reply(200, "\n".join(lines).encode(), "text/html; charset=utf-8", {"Server": "Apache"})
