from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from service.settings import BadSettings, Mode, as_environment, load


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("LAGEBILD_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LAGEBILD_DATA_DIR", str(tmp_path))


def _problems(**given: object) -> dict[str, str]:
    with pytest.raises(BadSettings) as caught:
        load(**given)
    return {problem.field: str(problem) for problem in caught.value.problems}


def test_without_any_setting_the_defaults_hold() -> None:
    settings = load()
    assert (settings.host, settings.port, settings.mode, settings.area) == ("127.0.0.1", 8080, Mode.ACTUAL, "05")
    assert settings.retention.changes == timedelta(days=7)
    assert settings.retention.observations == timedelta(days=400)


def test_the_command_line_wins_over_the_environment_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "lagebild.toml").write_text('port = 1001\ntitle = "Datei"\norigin = "aachen"\n')
    monkeypatch.setenv("LAGEBILD_TITLE", "Umgebung")
    monkeypatch.setenv("LAGEBILD_PORT", "1002")
    settings = load(port=1003, host=None)
    assert (settings.port, settings.title, settings.origin, settings.host) == (1003, "Umgebung", "aachen", "127.0.0.1")


def test_a_file_named_by_the_environment_replaces_the_one_in_the_data_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "lagebild.toml").write_text('title = "A"')
    (tmp_path / "other.toml").write_text('title = "B"')
    monkeypatch.setenv("LAGEBILD_CONFIG", str(tmp_path / "other.toml"))
    assert load().title == "B"
    monkeypatch.setenv("LAGEBILD_CONFIG", str(tmp_path / "missing.toml"))
    assert "LAGEBILD_CONFIG" in _problems()


def test_every_mistake_is_named_at_once_with_what_to_write(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "lagebild.toml").write_text(
        'colour = "red"\n[feeds.nina]\nevery = "0 s"\n'
        '[basemap]\nkind = "raster"\nurl = "https://t/"\nattribution = "x"\n'
    )
    monkeypatch.setenv("LAGEBILD_PORT", "99999")
    monkeypatch.setenv("LAGEBILD_EXERCISE__SPEED", "-1")
    monkeypatch.setenv("LAGEBILD_SESSION_LIFETIME", "soon")
    monkeypatch.setenv("LAGEBILD_TITEL", "x")
    found = _problems(origin="Städteregion Aachen", database_url="mysql://x", area="5315x")
    assert set(found) == {
        "colour", "feeds.nina.every", "basemap", "port", "exercise.speed", "session_lifetime", "LAGEBILD_TITEL",
        "origin", "database_url", "area",
    }  # fmt: skip
    assert "99999" in found["port"]
    assert "1 to 65535" in found["port"]
    assert "LAGEBILD_PORT" in found["port"]
    assert "at least 1 s" in found["feeds.nina.every"]
    assert "LAGEBILD_FEEDS__NINA__EVERY" in found["feeds.nina.every"]
    assert "{z}" in found["basemap"]


def test_a_broken_file_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "lagebild.toml").write_text("title = \n")
    found = _problems()
    assert str(tmp_path / "lagebild.toml") in found
    assert "line 1" in found[str(tmp_path / "lagebild.toml")]


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90 s", 90), ("15min", 900), ("1.5 h", 5400), ("2 d", 172800), ("PT5M", 300)]
)
def test_a_duration_is_seconds_or_has_a_unit(monkeypatch: pytest.MonkeyPatch, text: str, seconds: float) -> None:
    monkeypatch.setenv("LAGEBILD_FEEDS__NINA__EVERY", text)
    assert load().feeds["nina"].every == timedelta(seconds=seconds)


def test_one_table_per_source_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAGEBILD_FEEDS__NINA__ENABLED", "false")
    monkeypatch.setenv("LAGEBILD_FEEDS__DWD_CAP__BASE_URL", "https://mirror.example/cap/")
    feeds = load().feeds
    assert not feeds["nina"].enabled
    assert feeds["dwd_cap"].base_url == "https://mirror.example/cap"


def test_a_child_process_gets_the_same_settings_by_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "lagebild.toml").write_text(
        'title = "Übung Erft"\ntrusted_origins = ["https://a.example", "https://b.example"]\n'
        '[retention]\nchanges = "3 d"\n[feeds.nina]\nevery = "2 min"\n'
        '[basemap]\nkind = "pmtiles"\nurl = "/nrw.pmtiles"\nattribution = "©"\n'
    )
    parent = load(mode="EXERCISE", exercise={"scenario": "flood2021", "speed": 60, "start": "2021-07-13T00:00:00Z"})
    environment = as_environment(parent)
    (tmp_path / "lagebild.toml").unlink()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert load() == parent


def test_an_empty_variable_means_no_database_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAGEBILD_DATABASE_URL", "")
    monkeypatch.setenv("LAGEBILD_REDIS_URL", "")
    assert (load().database_url, load().redis_url) == (None, None)


def test_origins_behind_a_proxy_are_a_list_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAGEBILD_TRUSTED_ORIGINS", "https://lage.example.de/, http://10.0.0.1:8080")
    assert load().trusted_origins == ["https://lage.example.de", "http://10.0.0.1:8080"]


def test_legal_levels_are_data_and_survive_the_way_to_a_child_process(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [level.code for level in load().legal_levels if not level.in_force] == [
        "KATASTROPHENVORALARM", "LANDESWEITER_KATASTROPHENFALL",
    ]  # fmt: skip
    own = {
        "code": "UNWETTER",
        "label": "Unwetter",
        "label_en": "Storm",
        "basis": "Dienstanweisung",
        "valid_from": "2026-01-01",
    }
    parent = load(legal_levels=[own])
    for name, value in as_environment(parent).items():
        monkeypatch.setenv(name, value)
    assert load() == parent


def test_a_legal_level_without_a_basis_is_refused_by_name() -> None:
    own = {"code": "UNWETTER", "label": "Unwetter", "label_en": "Storm"}
    assert any(field.startswith("legal_levels") and "basis" in field for field in _problems(legal_levels=[own]))
    assert "legal_levels" in _problems(legal_levels=[])
