"""Languages are files: `xx.toml` in a folder is one more. German is the reference, what another lacks is said in
English, then in German.

A file holds a table `language` (`tag` BCP 47, `name` in itself, `dir` ltr or rtl) and tables of texts. A text may hold
`{names}` of values; a second text of the same name with `_1` at its end is the one for a single thing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REFERENCE = "de"
SECOND = "en"
CODE = re.compile(r"[a-z]{2,12}")
_NAMES = re.compile(r"\{(\w+)\}")
_DIRECTIONS = ("ltr", "rtl")


class BadLanguage(Exception):
    """A file of texts is wrong; says which and what to write instead."""


@dataclass(frozen=True, slots=True)
class Language:
    """`code` is the name of its file, `tag` what a page says it is in. `others` are asked for what it lacks."""

    code: str
    tag: str
    name: str
    dir: str
    texts: Mapping[str, str]
    others: tuple[Language, ...] = field(default=(), repr=False)

    def say(self, key: str, /, **values: Any) -> str:
        """The text with its values. Raises KeyError for one that no language has."""
        number = values.get("n")
        names = (f"{key}_1", key) if number == 1 else (key,)
        for language in (self, *self.others):
            for name in names:
                if name in language.texts:
                    return _filled(language.texts[name], values)
        raise KeyError(key)


def _filled(text: str, values: Mapping[str, Any]) -> str:
    return _NAMES.sub(lambda found: str(values[found[1]]), text)


def read(folders: Iterable[Path]) -> dict[str, Language]:
    """All languages by code, the reference first; files of one name add up. Raises BadLanguage."""
    heads: dict[str, Mapping[str, Any]] = {}
    texts: dict[str, dict[str, str]] = {}
    for folder in folders:
        for file in sorted(folder.glob("*.toml")):
            if not CODE.fullmatch(file.stem):
                raise BadLanguage(f"{file}: name a language's file by 2 to 12 small letters")
            told = _parsed(file)
            head = told.pop("language", None)
            if head is not None:
                heads[file.stem] = _head(file, head)
            texts.setdefault(file.stem, {}).update(_flat(file, told))
    for code in texts:
        if code not in heads:
            raise BadLanguage(f"{code}.toml: a new language begins with a table [language] with tag, name and dir")
    bare = {code: Language(code, h["tag"], h["name"], h["dir"], texts[code]) for code, h in heads.items()}
    _same_values(bare)
    order = [c for c in (REFERENCE, SECOND) if c in bare]
    order += sorted((c for c in bare if c not in order), key=lambda c: bare[c].name)
    behind = {c: tuple(bare[o] for o in (SECOND, REFERENCE) if o in bare and o != c) for c in order}
    return {c: Language(c, bare[c].tag, bare[c].name, bare[c].dir, bare[c].texts, behind[c]) for c in order}


def chosen(known: Mapping[str, Language], asked: str | None, own: str | None, accepted: str) -> Language:
    """By the link that was pressed, else the person's own, else what the browser prefers, else the reference."""
    for code in (asked, own, *_preferred(accepted)):
        if code and code in known:
            return known[code]
    return known[REFERENCE]


def _preferred(accepted: str) -> list[str]:
    weighted: list[tuple[float, str]] = []
    for part in accepted[:200].split(","):
        tag, _, rest = part.strip().partition(";")
        try:
            weight = float(rest.partition("q=")[2] or 1)
        except ValueError:
            continue
        weighted.append((-weight, tag.lower().partition("-")[0]))
    return [code for _, code in sorted(weighted, key=lambda found: found[0])]


def _parsed(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadLanguage(f"{file}: not TOML in UTF-8: {error}") from error


def _head(file: Path, head: Any) -> Mapping[str, str]:
    if not isinstance(head, dict) or not all(isinstance(head.get(name), str) for name in ("tag", "name", "dir")):
        raise BadLanguage(f"{file}: [language] needs tag, name and dir as texts")
    if head["dir"] not in _DIRECTIONS:
        raise BadLanguage(f"{file}: language.dir is ltr or rtl, not {head['dir']!r}")
    return head


def _flat(file: Path, told: Mapping[str, Any], above: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in told.items():
        if isinstance(value, str):
            found[above + name] = value
        elif isinstance(value, dict):
            found |= _flat(file, value, f"{above}{name}.")
        else:
            raise BadLanguage(f"{file}: {above}{name} must be a text")
    return found


def _same_values(known: Mapping[str, Language]) -> None:
    """A text may only hold values that the reference has too: no other is ever given. Texts of other parts of the
    program, which the reference of this one does not know, are left alone."""
    reference = known.get(REFERENCE)
    for language in known.values() if reference else ():
        assert reference is not None
        for key, text in language.texts.items():
            meant = reference.texts.get(key) or reference.texts.get(key.removesuffix("_1"))
            strange = set(_NAMES.findall(text)) - set(_NAMES.findall(meant or text)) - {"n"}
            if strange:
                raise BadLanguage(f"{language.code}.toml: {key} holds {{{strange.pop()}}}, which {REFERENCE} does not")
