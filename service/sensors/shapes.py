"""What the registry of sensors answers and takes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, cast

from pydantic import BaseModel, ConfigDict, Field

from geodata.model.device import Adoption, Measures, Stage
from geodata.model.level import Level
from geodata.store.devices import Device
from service.answers import Shape

Chosen = Literal["DISTANCE", "DEPTH", "LEVEL", "RAIN"]
Number = Annotated[float, Field(allow_inf_nan=False)]


class Taken(BaseModel):
    model_config = ConfigDict(extra="forbid")


class StageIn(Taken):
    """`level` is what reaching the value means: 1 low, 2 medium, 3 high, 4 extreme."""

    name: str = Field(min_length=1, max_length=60)
    value: Number = Field(ge=-100_000, le=100_000)
    level: int = Field(ge=1, le=4)


class AdoptionIn(Taken):
    """`mounting` in cm: height of a DISTANCE sensor above the gauge's zero, of a DEPTH probe above zero (negative
    below). Degrees, EPSG:4326. `battery_limit` in the device's own unit, % or V."""

    name: str = Field(min_length=1, max_length=120)
    measures: Chosen
    mounting: Number = 0
    longitude: Number = Field(ge=-180, le=180)
    latitude: Number = Field(ge=-90, le=90)
    water: str | None = Field(default=None, max_length=120)
    stages: list[StageIn] = Field(default=[], max_length=8)
    battery_limit: Number | None = Field(default=None, ge=0, le=100)
    silence_minutes: Number = Field(default=60, ge=1, le=20_160)

    def adoption(self) -> Adoption:
        return Adoption(
            name=self.name.strip(),
            measures=Measures(self.measures),
            mounting=self.mounting,
            longitude=self.longitude,
            latitude=self.latitude,
            water=(self.water or "").strip() or None,
            stages=tuple(Stage(s.name.strip(), s.value, Level(s.level)) for s in self.stages),
            battery_limit=self.battery_limit,
            silence_minutes=self.silence_minutes,
        )


class StageOut(Shape):
    name: str
    value: float
    level: int


class AdoptionOut(Shape):
    name: str
    measures: Chosen
    mounting: float
    longitude: float
    latitude: float
    water: str | None
    stages: list[StageOut]
    battery_limit: float | None
    silence_minutes: float


class ValueOut(Shape):
    """`quantity` is ours, `name` the decoder's word."""

    quantity: str
    value: float
    unit: str
    name: str


class MessageOut(Shape):
    """`payload` in hexadecimal; `reason` why it could not be decoded; `doubt` SPIKE, STUCK or DRIFT."""

    at: datetime
    received_at: datetime
    counter: int | None
    port: int | None
    payload: str | None
    values: list[ValueOut]
    reason: str | None
    doubt: str | None


class DeviceOut(Shape):
    """`measures` is what its last message holds that a gauge can show, in cm, rain in mm (RAIN_TOTAL: a
    counter of it, of which the difference becomes rain). `station` is its gauge."""

    id: str
    state: Literal["NEW", "ADOPTED", "IGNORED"]
    name: str | None
    network: str
    model: str | None
    first_seen: datetime
    last_seen: datetime
    newest: datetime | None
    battery: float | None
    battery_unit: str | None
    rssi: float | None
    snr: float | None
    longitude: float | None
    latitude: float | None
    messages: int
    doubles: int
    undecoded: int
    alarms: list[Literal["SILENT", "BATTERY"]]
    station: str
    proposed: Chosen | None
    measures: dict[str, float]
    adoption: AdoptionOut | None
    last_message: MessageOut | None


class AsideOut(Shape):
    item: str
    reason: str
    raw: str
    times: int
    last_seen: datetime


class DevicesOut(Shape):
    """`aside` is what could not be used, the latest first."""

    now: datetime
    devices: list[DeviceOut]
    aside: list[AsideOut]


class MessagesOut(Shape):
    messages: list[MessageOut]


class KeyIn(Taken):
    source: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$", examples=["things_stack"])


class KeyOut(Shape):
    id: str
    source: str
    made_at: datetime
    used_at: datetime | None


class KeysOut(Shape):
    keys: list[KeyOut]


class NewKeyOut(Shape):
    """The secret is shown this once. `path` is where to push uplinks to."""

    id: str
    source: str
    secret: str
    path: str


def adoption_out(adoption: Adoption) -> AdoptionOut:
    return AdoptionOut(
        name=adoption.name, measures=cast(Chosen, adoption.measures.value), mounting=adoption.mounting,
        longitude=adoption.longitude, latitude=adoption.latitude, water=adoption.water,
        stages=[StageOut(name=s.name, value=s.value, level=s.level) for s in adoption.stages],
        battery_limit=adoption.battery_limit, silence_minutes=adoption.silence_minutes,
    )  # fmt: skip


def device_fields(device: Device) -> dict[str, object]:
    """What of a device stands in its row."""
    standing = device.standing
    return {
        "id": device.id, "state": device.state.value, "name": device.name, "network": device.network,
        "model": device.model, "first_seen": device.first_seen, "last_seen": standing.seen, "newest": standing.newest,
        "battery": standing.battery, "battery_unit": standing.battery_unit, "rssi": standing.rssi, "snr": standing.snr,
        "longitude": device.longitude, "latitude": device.latitude, "messages": device.messages,
        "doubles": device.doubles, "undecoded": device.undecoded,
        "adoption": adoption_out(device.adoption) if device.adoption else None,
    }  # fmt: skip
