"""Every setting of a node, checked as a whole before anything starts.

Read from, later wins over earlier: the defaults here; one TOML file (`LAGEBILD_CONFIG`, else `lagebild.toml` in the
data directory); environment variables `LAGEBILD_…` with `__` between levels; what the command line gave.
Durations are seconds or text such as `90 s`, `15 min`, `12 h`, `7 d`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from feeds.catalogue import GROUP as FEEDS
from feeds.configured.block import NAME, RESERVED, Block
from feeds.configured.block import Mapping as FieldMapping
from geodata.model.legal import LEGAL_LEVELS, LegalLevel
from service.alert_settings import AlertSettings
from service.broker_settings import MqttSettings
from service.custody_settings import CustodySettings
from service.dispatch_settings import DispatchSettings
from service.federation_settings import FederationSettings
from service.flat_settings import flat
from service.setting_groups import (
    BasemapSettings,
    Duration,
    DutySettings,
    EvidenceSettings,
    ExerciseSettings,
    FeedSettings,
    Group,
    RequestSettings,
    RetentionSettings,
    WebAddress,
)

PREFIX = "LAGEBILD_"
CONFIG_VARIABLE = "LAGEBILD_CONFIG"
_BESIDE = {CONFIG_VARIABLE, "LAGEBILD_PROVE"}
"""Variables of ours that are no settings."""


class Mode(StrEnum):
    """ACTUAL: the real picture. EXERCISE: ÜBUNG, fed by the simulator. TEST: real sources, but nobody relies on it."""

    ACTUAL = "ACTUAL"
    EXERCISE = "EXERCISE"
    TEST = "TEST"


def _listed(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _database_address(value: str | None) -> str | None:
    if value and not value.startswith(("postgresql://", "postgres://")):
        raise ValueError("write postgresql://user:password@host/database")
    return value or None


def _redis_address(value: str | None) -> str | None:
    if value and not value.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("write redis://host:port/0 or unix:///path")
    return value or None


class OidcSettings(Group):
    """An OpenID Connect provider; our redirect address there is `https://<host>/api/oidc/callback`."""

    issuer: WebAddress = Field(description="address of the provider, as its discovery document names it")
    client_id: str = Field(min_length=1, description="what the provider calls us")
    client_secret: str = Field(min_length=1, description="secret that the provider gave us")
    name: str = Field(default="Dienstkonto", min_length=1, max_length=60, description="what the button says")
    scope: str = Field(default="openid profile", pattern=r"^(.* )?openid( .*)?$", description="must contain openid")
    name_claim: str = Field(default="name", min_length=1, description="claim that holds the person's name")
    admit: bool = Field(
        default=False, description="true lets in whoever the provider knows; false has an administrator admit each"
    )

    @model_validator(mode="after")
    def _https_unless_here(self) -> OidcSettings:
        parts = urlsplit(self.issuer)
        if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError("the issuer must be reached by https")
        return self


class CopernicusSettings(Group):
    """Access to the Copernicus Data Space: an OAuth client of an account there, for images from satellites."""

    client_id: str = Field(min_length=1, description="what the Data Space calls us")
    client_secret: str = Field(min_length=1, description="secret that the Data Space gave us")
    base_url: WebAddress = Field(
        default="https://sh.dataspace.copernicus.eu", description="address of its catalogue and process API"
    )
    token_url: WebAddress = Field(
        default="https://identity.dataspace.copernicus.eu/auth/realms/CDSE/protocol/openid-connect/token",
        description="address that gives tokens",
    )
    monthly_units: float = Field(
        default=10_000, gt=0, description="processing units that we spend in a month at most, above 0"
    )

    @model_validator(mode="after")
    def _https_unless_here(self) -> CopernicusSettings:
        for address in (self.base_url, self.token_url):
            parts = urlsplit(address)
            if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
                raise ValueError("the Copernicus Data Space must be reached by https")
        return self


class LogSettings(Group):
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="DEBUG, INFO, WARNING or ERROR"
    )
    format: Literal["auto", "console", "json"] = Field(
        default="auto", description="console for people, json for machines, auto by whether it is a terminal"
    )


class Settings(BaseSettings):
    """All settings. Build it with `load`, which explains what is wrong."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    data_dir: Path = Field(default_factory=lambda: default_data_dir(), description="directory for everything we keep")
    host: str = Field(default="127.0.0.1", min_length=1, description="address to listen on; 0.0.0.0 for every network")
    port: int = Field(default=8080, ge=1, le=65535, description="TCP port, 1 to 65535")
    database_url: Annotated[str | None, BeforeValidator(_database_address)] = Field(
        default=None, description="postgresql://user:password@host/database with PostGIS; none is a private one of ours"
    )
    redis_url: Annotated[str | None, BeforeValidator(_redis_address)] = Field(
        default=None, description="redis://…, rediss://… or unix://…; works without"
    )
    origin: str = Field(
        "local", pattern=r"^[a-z0-9][a-z0-9.-]{0,62}$", description="short name of who owns this picture: a-z 0-9 . -"
    )
    title: str = Field(default="Lagebild", min_length=1, max_length=80, description="name at the top of the page")
    mode: Mode = Field(default=Mode.ACTUAL, description="ACTUAL, EXERCISE or TEST")
    exercise: ExerciseSettings = Field(default=ExerciseSettings(), description="what is played in mode EXERCISE")
    feeds: dict[str, FeedSettings] = Field(
        default={}, description="one table per source; sources not named run as published"
    )
    sources: dict[str, Block] = Field(default={}, description="further sources, one table each; see docs/feeds.md")
    mqtt: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,29}$")], MqttSettings] = Field(
        default={}, description="brokers that bring own sensors' messages, one table each, named by a-z 0-9 _"
    )
    area: str = Field(
        default="05", pattern=r"^\d{0,12}$", description="ARS prefix of the area shown, 05 is NRW; empty is all"
    )
    basemap: BasemapSettings | None = Field(default=None, description="tiles below the picture; none needs no network")
    log: LogSettings = Field(default=LogSettings(), description="what is written about the running node")
    public_read: bool = Field(default=True, description="false asks for a sign-in before anything is shown")
    retention: RetentionSettings = Field(default=RetentionSettings(), description="how long what is kept")
    duty: DutySettings = Field(
        default=DutySettings(), description="how long people serve and rest; set by the authority"
    )
    requests: RequestSettings = Field(
        default=RequestSettings(), description="how long requests for forces wait for an answer"
    )
    alerting: AlertSettings = Field(
        default=AlertSettings(), description="by which gateways people are reached, and where their pages are"
    )
    custody: CustodySettings = Field(
        default=CustodySettings(), description="how long warnings wait for somebody, and who is asked"
    )
    federation: FederationSettings = Field(
        default=FederationSettings(), description="who we are to neighbours, and where they may be reached"
    )
    dispatch: dict[str, DispatchSettings] = Field(
        default={}, description="dispatch systems that are asked: [dispatch.leitstelle] url, organisation, every, token"
    )
    evidence: EvidenceSettings = Field(default=EvidenceSettings(), description="raw answers of sources kept as proof")
    trusted_origins: Annotated[list[WebAddress], NoDecode, BeforeValidator(_listed)] = Field(
        default=[], description="addresses under which browsers reach us through a proxy, separated by commas"
    )
    max_body_size: int = Field(
        default=1_000_000, ge=10_000, le=100_000_000, description="largest request body in bytes"
    )
    legal_levels: list[LegalLevel] = Field(
        default=LEGAL_LEVELS,
        min_length=1,
        description="the levels of an incident, lowest first, with their legal basis",
    )
    session_lifetime: Duration = Field(
        default=timedelta(hours=12), ge=timedelta(minutes=5), le=timedelta(days=30), description="5 min to 30 d"
    )
    session_idle: Duration = Field(
        default=timedelta(hours=4),
        ge=timedelta(minutes=5),
        le=timedelta(days=30),
        description="a sign-in ends when no page was open for so long, 5 min to 30 d",
    )
    oidc: OidcSettings | None = Field(default=None, description="the authority's identity provider; none is none")
    copernicus: CopernicusSettings | None = Field(
        default=None, description="access to the Copernicus Data Space; none is no satellite images"
    )

    @field_validator("sources")
    @classmethod
    def _own_names(cls, value: dict[str, Block]) -> dict[str, Block]:
        taken = RESERVED | {point.name for point in entry_points(group=FEEDS)}
        for name in value:
            if not NAME.fullmatch(name):
                raise ValueError(f"sources.{name}: a name is 2 to 40 of a-z, 0-9 and _, beginning with a letter")
            if name in taken:
                raise ValueError(f"sources.{name}: this name is taken; choose another")
        return value

    @field_validator("dispatch")
    @classmethod
    def _names_of_dispatch_systems(cls, value: dict[str, DispatchSettings]) -> dict[str, DispatchSettings]:
        for name in value:
            if not NAME.fullmatch(name):
                raise ValueError(f"dispatch.{name}: a name is 2 to 40 of a-z, 0-9 and _, beginning with a letter")
        return value

    @field_validator("mqtt")
    @classmethod
    def _sources_of_brokers(cls, value: dict[str, MqttSettings], info: ValidationInfo) -> dict[str, MqttSettings]:
        blocks: dict[str, Block] = info.data.get("sources") or {}
        for name, broker in value.items():
            if broker.source is not None and getattr(blocks.get(broker.source), "kind", None) != "sensorthings":
                raise ValueError(f"mqtt.{name}.source: there is no [sources.{broker.source}] of kind sensorthings")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        given = init_settings()
        directory = given.get("data_dir") or os.environ.get(f"{PREFIX}DATA_DIR") or default_data_dir()
        file = config_file(Path(directory))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, file)


_GROUPS: dict[str, type[BaseModel]] = {
    "exercise": ExerciseSettings,
    "basemap": BasemapSettings,
    "log": LogSettings,
    "retention": RetentionSettings,
    "duty": DutySettings,
    "custody": CustodySettings,
    "requests": RequestSettings,
    "alerting": AlertSettings,
    "evidence": EvidenceSettings,
    "oidc": OidcSettings,
    "copernicus": CopernicusSettings,
    "fields": FieldMapping,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the configuration: where, what, and what to write instead."""

    field: str
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}\n    fix: {self.fix}"


class BadSettings(Exception):
    """The configuration is wrong; `problems` holds everything that is, not only the first."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def default_data_dir() -> Path:
    """Root's home is closed to the database's system user, so root keeps its data where services do."""
    if os.geteuid() == 0:
        return Path("/var/lib/lagebild")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "lagebild"


def config_file(data_dir: Path) -> Path:
    """Where the TOML file is, or would be."""
    named = os.environ.get(CONFIG_VARIABLE)
    return Path(named) if named else data_dir / "lagebild.toml"


def load(**given: Any) -> Settings:
    """The settings, with what the command line gave on top; None there means not given. Raises BadSettings."""
    given = {name: value for name, value in given.items() if value is not None}
    problems = _unknown_variables()
    named = os.environ.get(CONFIG_VARIABLE)
    if named and not Path(named).is_file():
        problems.append(Problem(CONFIG_VARIABLE, f"no file {named}", "name an existing TOML file or unset it"))
    try:
        settings = Settings(**given)
    except ValidationError as error:
        problems += [_problem(found) for found in error.errors()]
    except SettingsError as error:
        problems.append(Problem("environment", str(error), "write tables as JSON or with __ between the levels"))
    except ValueError as error:  # the TOML parser's
        file = config_file(Path(given.get("data_dir") or os.environ.get(f"{PREFIX}DATA_DIR") or default_data_dir()))
        problems.append(Problem(str(file), f"not TOML: {error}", "correct the line named, or rename the file"))
    if problems:
        raise BadSettings(problems)
    return settings


def as_environment(settings: Settings) -> dict[str, str]:
    """Variables from which a child process loads the same settings, whatever file it finds."""
    return {f"{PREFIX}{path}": value for path, value in flat(settings.model_dump(mode="json", exclude_unset=True))}


def _unknown_variables() -> list[Problem]:
    known = set(Settings.model_fields)
    return [
        Problem(
            name, "no such setting", f"known are {', '.join(f'{PREFIX}{field.upper()}' for field in sorted(known))}"
        )
        for name in sorted(os.environ)
        if name.startswith(PREFIX)
        and name not in _BESIDE
        and name.removeprefix(PREFIX).lower().split("__")[0] not in known
    ]


def _problem(found: Any) -> Problem:
    steps = [str(step) for step in found["loc"] if str(step).isidentifier() or isinstance(step, str)]
    path = ".".join(steps) or "settings"
    if found["type"] == "extra_forbidden":
        return Problem(path, "no such setting", "correct its name or take it out")
    info = _described(steps)
    shown = "" if isinstance(found["input"], Mapping) else f" (it is {str(found['input'])[:80]!r})"
    wanted = f"{info.description}; " if info and info.description else ""
    variable = PREFIX + "__".join(step.upper() for step in steps)
    return Problem(path, f"{found['msg']}{shown}", f"{wanted}set {path} in the file or {variable}")


def _described(steps: list[str]) -> FieldInfo | None:
    """The deepest field on the way whose meaning is known."""
    model: type[BaseModel] = Settings
    found: FieldInfo | None = None
    for step in steps:
        if step in model.model_fields:
            found = model.model_fields[step]
            model = _GROUPS.get(step, model)
        elif found is Settings.model_fields["feeds"]:
            model = FeedSettings
        elif step == "as" and model is Block:
            found = Block.model_fields["gives"]
        elif found is Settings.model_fields["sources"]:
            model = Block
        elif found is Settings.model_fields["mqtt"]:
            model = MqttSettings
        elif found is Settings.model_fields["dispatch"]:
            model = DispatchSettings
    return found
