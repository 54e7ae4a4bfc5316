"""What a form sends without script, read strictly."""

from __future__ import annotations

from urllib.parse import parse_qs

from fastapi import Request

from service.errors import Invalid

LARGEST = 20_000
FIELDS = 200
_TYPE = "application/x-www-form-urlencoded"


class Form:
    def __init__(self, fields: dict[str, list[str]]) -> None:
        self._fields = fields

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def one(self, name: str, *, longest: int = 200) -> str:
        """Trimmed; empty if it was not sent. Raises Invalid for more than one or a longer one."""
        values = self._fields.get(name, [""])
        if len(values) > 1:
            raise Invalid(name, f"{name}: send it once")
        return _short(name, values[0], longest)

    def all(self, name: str, *, most: int = 50, longest: int = 200) -> list[str]:
        """Raises Invalid."""
        values = [_short(name, value, longest) for value in self._fields.get(name, [])]
        if len(values) > most:
            raise Invalid(name, f"{name}: at most {most}")
        return [value for value in values if value]

    def number(self, name: str, *, least: int, most: int) -> int | None:
        """None if it was left empty. Raises Invalid."""
        text = self.one(name, longest=12)
        if not text:
            return None
        if not text.isascii() or not text.removeprefix("-").isdigit() or not least <= int(text) <= most:
            raise Invalid(name, f"{name}: a whole number from {least} to {most}")
        return int(text)


async def sent(request: Request) -> Form:
    """Raises Invalid."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _TYPE:
        raise Invalid("Content-Type", f"send a form as {_TYPE}")
    body = await request.body()
    if len(body) > LARGEST:
        raise Invalid("body", f"a form has at most {LARGEST} bytes")
    try:
        return Form(parse_qs(body.decode(), keep_blank_values=True, max_num_fields=FIELDS, errors="strict"))
    except ValueError as error:
        raise Invalid("body", "this is no form in UTF-8") from error


def _short(name: str, value: str, longest: int) -> str:
    value = value.strip()
    if len(value) > longest:
        raise Invalid(name, f"{name}: at most {longest} signs")
    if any(ord(sign) < 32 and sign not in "\r\n\t" for sign in value):
        raise Invalid(name, f"{name}: no control signs")
    return value
