"""`lagebild land` says what it did, and refuses in one clear line."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.cli import main


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["land", *arguments])
    return int(ended.value.code or 0)


def test_the_land_of_the_release_is_loaded_once(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", "--database-url", database_url) == 0
    assert "no land is loaded" in capsys.readouterr().out
    assert run("import", "--database-url", database_url) == 0
    assert "loaded the land of this release" in capsys.readouterr().out
    assert run("import", "--database-url", database_url) == 0
    assert "loaded already" in capsys.readouterr().out
    assert run("show", "--database-url", database_url) == 0
    assert "areas: 2016, © GeoBasis-DE / BKG 2016 (Daten verändert), revision 1" in capsys.readouterr().out


def test_a_file_that_is_no_land_is_refused_in_one_line(
    nrw_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "vg250.zip"
    wrong.write_bytes(b"PK\x03\x04")
    assert run("import", str(wrong), "--database-url", nrw_url) == 2
    assert "--state" in capsys.readouterr().err
    assert run("import", str(wrong), "--state", "2025-12-31", "--database-url", nrw_url) == 1
    said = capsys.readouterr().err
    assert "is no GeoPackage" in said
    assert len(said.splitlines()) == 1
    assert run("show", "--database-url", nrw_url) == 0
    assert "areas: 2016" in capsys.readouterr().out
