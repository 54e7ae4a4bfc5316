"""Every language says everything, and a file in a folder is one more language."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import service
from service.pages.languages import BadLanguage, chosen, read

FOLDERS = sorted(Path(service.__file__).parent.glob("*/texts"))
FAR = '[language]\ntag = "ar"\nname = "العربية"\ndir = "rtl"\n[pages]\nsave = "حفظ"\n'


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_every_language_of_a_part_has_every_text(folder: Path) -> None:
    held = read([FOLDERS[0].parents[1] / "pages" / "texts", folder])
    assert {"de", "en", "leicht"} <= set(held)
    for language in held.values():
        assert set(held["de"].texts) - set(language.texts) == set(), language.code
        assert set(language.texts) - set(held["de"].texts) == set(), language.code
        assert [key for key, text in language.texts.items() if not text.strip()] == []


def test_parts_do_not_take_each_others_names() -> None:
    """One file of an operator speaks for all parts."""
    said = [set(read([folder])["de"].texts) if folder.parent.name == "pages" else _texts(folder) for folder in FOLDERS]
    assert sum(len(names) for names in said) == len(set[str]().union(*said))


def _texts(folder: Path) -> set[str]:
    told = tomllib.loads((folder / "de.toml").read_text(encoding="utf-8"))
    return {f"{table}.{name}" for table, names in told.items() for name in names}


def test_a_file_in_a_folder_is_one_more_language_and_what_it_lacks_is_said_in_english(tmp_path: Path) -> None:
    held = read([FOLDERS[0].parents[1] / "pages" / "texts", write(tmp_path, ar=FAR)])
    assert held["ar"].dir == "rtl"
    assert held["ar"].say("pages.save") == "حفظ"
    assert held["ar"].say("pages.back") == held["en"].say("pages.back")
    assert list(held)[:2] == ["de", "en"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("tr", "language = [", "not TOML"),
        ("tr", '[language]\ntag = "tr"\nname = "Türkçe"\ndir = "up"', "dir is ltr or rtl"),
        ("tr", '[pages]\nsave = "Kaydet"', "begins with a table"),
        ("tr", '[language]\ntag = "tr"\nname = "Türkçe"\ndir = "ltr"\n[pages]\nsave = 3', "pages.save must be a text"),
        ("tr", '[language]\ntag = "tr"\nname = "Türkçe"\ndir = "ltr"\n[pages]\nsave = "{who}"', "holds {who}"),
        ("Türkçe", FAR, "small letters"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong_in_it(tmp_path: Path, name: str, text: str, said: str) -> None:
    with pytest.raises(BadLanguage, match=said):
        read([FOLDERS[0].parents[1] / "pages" / "texts", write(tmp_path, **{name: text})])


@pytest.mark.parametrize(
    ("asked", "own", "accepted", "code"),
    [
        ("en", "leicht", "de", "en"),
        (None, "leicht", "en", "leicht"),
        (None, None, "fr, en-GB;q=0.8, de;q=0.5", "en"),
        ("../../etc", "xx", "de;q=0.3, en;q=nonsense, en;q=0.9", "en"),
        (None, None, "", "de"),
    ],
)
def test_the_link_pressed_comes_before_the_persons_own_and_the_browsers(
    asked: str | None, own: str | None, accepted: str, code: str
) -> None:
    held = read([FOLDERS[0].parents[1] / "pages" / "texts"])
    assert chosen(held, asked, own, accepted).code == code


def test_one_thing_has_a_text_of_its_own(tmp_path: Path) -> None:
    head = '[language]\ntag = "de"\nname = "Deutsch"\ndir = "ltr"\n'
    held = read([write(tmp_path, de=head + '[p]\nleft = "{n} Plätze"\nleft_1 = "ein Platz"')])
    assert [held["de"].say("p.left", n=n) for n in (0, 1, 2)] == ["0 Plätze", "ein Platz", "2 Plätze"]
