"""What a person means who answers with a few words or a key. What is not clear is left to people."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from alerting.model.recipient import Answer

LATER = 30
"""Minutes that "later" means when nobody says how many."""
MOST = 24 * 60

_NO = r"(?:nein|ne+|nee|no|nope|nicht|absage|leider\s+nicht|komme\s+(?:leider\s+)?nicht|kann\s+(?:leider\s+)?nicht|"
_NO += r"(?:bin\s+)?verhindert|not\s+coming|cannot(?:\s+come)?|can'?t(?:\s+come)?)"
_YES = r"(?:ja+|jo+|yes|yep|y|ok(?:ay)?|komme|bin\s+dabei|dabei|coming|unterwegs|zusage)"
_LATER = r"(?:später|spaeter|komme\s+später|komme\s+spaeter|later|coming\s+later)"
_TIME = r"(?:in\s+)?(?:ca\.?\s*|etwa\s+|about\s+)?(?P<n>\d{1,4})\s*"
_TIME += r"(?P<unit>m|min|mins|minuten?|minutes?|h|std|stunden?|hours?|hour)?"
_POLITE = r"(?:\s+(?:danke|bitte|sorry|danke\s+dir|lg|gruß|gruss|mfg|thanks?))?"
_ME = r"(?:ich\s+|i'?m\s+|i\s+am\s+|i\s+)?"

_FORMS: tuple[tuple[re.Pattern[str], Answer], ...] = tuple(
    (re.compile(form, re.IGNORECASE), answer)
    for form, answer in (
        (rf"1{_POLITE}", Answer.COMING),
        (rf"3{_POLITE}", Answer.NOT_COMING),
        (rf"2{_POLITE}", Answer.COMING_LATER),
        (rf"2\s+{_TIME}{_POLITE}", Answer.COMING_LATER),
        (rf"{_ME}(?:{_NO}\s+)?{_NO}{_POLITE}", Answer.NOT_COMING),
        (rf"{_ME}{_LATER}(?:\s+{_TIME})?{_POLITE}", Answer.COMING_LATER),
        (rf"{_ME}(?:{_YES}\s+)?{_YES}\s+{_TIME}{_POLITE}", Answer.COMING_LATER),
        (rf"{_ME}(?:{_YES}\s+)?{_YES}{_POLITE}", Answer.COMING),
    )
)
_CODE = re.compile(r"[A-Z0-9]{4}[\s:]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reply:
    """`minutes` from now, for COMING_LATER."""

    answer: Answer
    minutes: int | None = None


def read_reply(text: str) -> Reply | None:
    """`1`, `2 15`, `3`, `ja`, `komme 20`, `Komme nicht`, in any case, with or without the alarm's code before it.
    None for everything else: it is shown to people, never guessed at."""
    said = unicodedata.normalize("NFC", text[:500])
    said = re.sub(r"[.,;!()\"'„“]+(?=\s|$)|^[\s\"'„“(]+", " ", said)
    said = " ".join(said.replace(",", " ").split()).lower()
    found = _matched(said)
    if found is None and _CODE.match(said):
        first, rest = said[:4], _CODE.sub("", said, count=1)
        written = text.strip()[:4]
        if first.isdecimal() or not (
            any(sign.isdigit() for sign in first) or (written.isupper() and rest[:1].isdigit())
        ):
            return None
        found = _matched(rest)
    return found


def read_key(digits: str) -> Reply | None:
    """A key pressed while listening: 1, 2 (in half an hour) or 3."""
    pressed = digits.strip().rstrip("#")
    return _matched(pressed) if pressed in ("1", "2", "3") else None


def _matched(said: str) -> Reply | None:
    for form, answer in _FORMS:
        found = form.fullmatch(said)
        if found is None:
            continue
        if answer is not Answer.COMING_LATER:
            return Reply(answer)
        given = found.groupdict()
        if given.get("n") is None:
            return Reply(answer, LATER)
        minutes = int(given["n"]) * (60 if (given.get("unit") or "m").startswith(("h", "std", "stunde")) else 1)
        if minutes > MOST:
            return None
        return Reply(answer, minutes) if minutes else Reply(Answer.COMING)
    return None
