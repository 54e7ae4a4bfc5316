"""What people read and hear. German, English and easy German; more languages are one more file in `languages`.

Every text names the alarm's code, and what is not real says so first. What others wrote goes out as plain text: signs
that steer (control, direction of writing) are taken out, and nothing in it is ever markup.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

import msgspec

from alerting.channels import gsm7
from alerting.model.plan import ChannelKind
from alerting.model.recipient import CallKind
from geodata.model.incident import IncidentMode

FIRST = "de"
MOST = 4000
"""Signs of a long text."""
MOST_SPOKEN = 900


class Said(Protocol):
    """What whoever alarms has written."""

    @property
    def title(self) -> str: ...
    @property
    def text(self) -> str | None: ...
    @property
    def meeting(self) -> str | None: ...
    @property
    def bring(self) -> str | None: ...
    @property
    def report_to(self) -> str | None: ...


class Language(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`exhausted` is for supervisors: every step is over and `{missing}` lacks."""

    name: str
    page: str
    meeting: str
    bring: str
    report_to: str
    code: str
    reply: str
    supplements: str
    press: str
    exhausted: str
    marks: dict[str, str]
    unreal: dict[str, str]
    words: dict[CallKind, str]
    lines: dict[CallKind, str]


@cache
def languages() -> dict[str, Language]:
    """By BCP 47 tag."""
    found = sorted((f for f in files("alerting.channels").joinpath("languages").iterdir()), key=lambda f: f.name)
    return {
        file.name.removesuffix(".toml"): msgspec.convert(tomllib.loads(file.read_text("utf-8")), Language)
        for file in found
        if file.name.endswith(".toml")
    }


def language(tag: str) -> Language:
    """The nearest that there is: `de-AT` is read as `de`, what is not there as German."""
    known = languages()
    wanted = {"easy": "de-simple", "leicht": "de-simple", "de-easy": "de-simple", "de-leicht": "de-simple"}.get(
        tag.lower(), tag.lower()
    )
    return known.get(wanted) or known.get(wanted.split("-")[0]) or known[FIRST]


@dataclass(frozen=True, slots=True)
class Worded:
    """`title` is one line; `text` for e-mail, push and displays; `short` for one SMS where it can be one."""

    title: str
    text: str = field(repr=False)
    short: str = field(repr=False)
    speak: str = field(repr=False)

    def on(self, channel: ChannelKind) -> str:
        """The text of a call on this channel."""
        return {ChannelKind.SMS: self.short, ChannelKind.VOICE: self.speak}.get(channel, self.text)


def text_of(kind: CallKind, mode: IncidentMode, said: Said, code: str, link: str | None, tag: str = FIRST) -> Worded:
    """`tag` is the language of the person. `link` is his own page; it stands in the texts and is never spoken."""
    words = language(tag)
    mark = words.marks.get(mode.value, "")
    head = f"{words.words[kind]} {code}"
    subject = _one_line(said.title)
    title = f"{mark}: {head}: {subject}" if mark else f"{head}: {subject}"
    return Worded(
        title=title[:200],
        text=_long(words, kind, mode, said, code, link)[:MOST],
        short=_short(words, kind, mark, head, said, link),
        speak=_spoken(words, kind, mode, said, code)[:MOST_SPOKEN],
    )


def exhausted(title: str, missing: Mapping[str, int], tag: str) -> str:
    """The title for a supervisor: what is missing, by skill; the empty key is the total."""
    lacks = ", ".join(f"{count} {code}".strip() for code, count in missing.items()) or "?"
    return f"{title[:120]}: {language(tag).exhausted.format(missing=lacks)}"[:200]


def with_reply(text: str, kind: CallKind, tag: str) -> str:
    """An SMS through a gateway that hears answers says how to answer, once, if that fits."""
    hint = f"\n{language(tag).reply}"
    if text.endswith(hint):
        return text
    fits = kind is CallKind.ALARM and gsm7.length(text + hint) <= gsm7.ONE
    return text + hint if fits else text


def plain(text: str | None) -> str:
    """Without signs that steer; lines stay."""
    kept = (sign for sign in text or "" if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co"))
    return "".join(kept).strip()


def _one_line(text: str | None) -> str:
    return " ".join(plain((text or "").replace("\t", " ").replace("\r", "\n")).split())


def _fields(words: Language, said: Said) -> list[tuple[str, str]]:
    given: list[tuple[str, Any]] = [
        (words.meeting, said.meeting), (words.bring, said.bring), (words.report_to, said.report_to)
    ]  # fmt: skip
    return [(name, _one_line(value)) for name, value in given if _one_line(value)]


def _long(words: Language, kind: CallKind, mode: IncidentMode, said: Said, code: str, link: str | None) -> str:
    mark = words.marks.get(mode.value)
    above = [f"{mark}: {words.unreal[mode.value]}"] if mark else []
    below = [f"{words.page}: {link}"] if link else []
    below.append(f"{words.code}: {code}")
    if kind is CallKind.ALARM:
        below.append(words.supplements)
    told = plain(said.text)
    room = MOST - 200 - sum(len(part) for part in [*above, *below]) - 1200
    wanted = [words.lines[kind], told if len(told) <= room else f"{told[:room]} …"]
    if kind in (CallKind.ALARM, CallKind.INFO, CallKind.UPDATE):
        wanted += [f"{name}: {value}" for name, value in _fields(words, said)]
    parts = [*above, f"{words.words[kind]}: {_one_line(said.title)}", *wanted, *below]
    return "\n".join(part for part in parts if part)


def _short(words: Language, kind: CallKind, mark: str, head: str, said: Said, link: str | None) -> str:
    """Code and link are never cut; the title is before the meeting point. The hint how to answer keeps its place."""
    begin = gsm7.like(f"{mark}: {head}: " if mark else f"{head}: ")
    end = f" {link}" if link else ""
    room = gsm7.ONE - gsm7.length(begin) - gsm7.length(end)
    hint = gsm7.length(f"\n{words.reply}") if kind is CallKind.ALARM else 0
    title = gsm7.like(_one_line(said.title))
    if room - hint >= min(gsm7.length(title), 30):
        room -= hint
    told = gsm7.cut(title, max(room, 20))
    meeting = gsm7.like(_one_line(said.meeting))
    wanted = f". {words.meeting}: {meeting}"
    if kind in (CallKind.ALARM, CallKind.UPDATE) and meeting and gsm7.length(told + wanted) <= room:
        told += wanted
    return f"{begin}{told}{end}"


def _spoken(words: Language, kind: CallKind, mode: IncidentMode, said: Said, code: str) -> str:
    """Without signs that a provider could take for markup. The code is spelled."""
    mark = words.marks.get(mode.value)
    parts = [f"{mark.title()}. {words.unreal[mode.value]}"] if mark else []
    parts += [f"{words.words[kind]}. {_one_line(said.title)}.", words.lines[kind]]
    if kind in (CallKind.ALARM, CallKind.UPDATE):
        parts += [f"{name}: {value}." for name, value in _fields(words, said)[:1]]
    parts.append(f"{words.code}: {', '.join(code)}.")
    if kind is CallKind.ALARM:
        parts.append(words.press)
    text = " ".join(part for part in parts if part)
    return "".join(" " if sign in "<>&{}[]|\\" else sign for sign in text)
