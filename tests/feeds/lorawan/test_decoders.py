"""Frames after the vendors' documents, and the recorded ones with their expected results if they are at hand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feeds.lorawan import decentlab, milesight, reading
from feeds.lorawan.undecodable import Undecodable
from feeds.lorawan.uplink import Decoded, Quantity, Uplink
from tests.feeds.lorawan.messages import ENVELOPES, MBX, chirpstack, things_stack

LID = bytes.fromhex("0204d200030fa00f3c10040fa50f6e0f8c0fb40fd20fa0000a01330c1c")
PR26 = bytes.fromhex("0204d2000360005de00c1c")


def uplink(payload: bytes, port: int = 1, **more: Any) -> Uplink:
    return replace(reading.read(things_stack(payload, port))[0], **more)


def milesight_uplink(spaced: str, **more: Any) -> Uplink:
    return uplink(bytes.fromhex(spaced), milesight.PORT, **more)


def values(decoded: Decoded) -> dict[str, float | str | bool]:
    return reading.telemetry(decoded)


@pytest.mark.parametrize("network", ENVELOPES)
def test_a_decentlab_rangefinder_is_read_from_every_network_server(network: str) -> None:
    decoded = reading.decode(reading.read(ENVELOPES[network]())[0])
    assert decoded.model == "Decentlab DL-MBX"
    assert values(decoded) == {"distance": 2700, "number_of_valid_samples": 5, "battery_voltage": 3.0}
    assert decoded.first(Quantity.DISTANCE) is not None


def test_a_laser_has_one_distance_to_reckon_with_the_median() -> None:
    decoded = reading.decode(uplink(LID))
    assert decoded.model == "Decentlab DL-LID"
    assert [v.name for v in decoded.values if v.quantity is Quantity.DISTANCE] == ["distance_median"]
    assert values(decoded)["distance_median"] == 4005
    assert values(decoded)["total_acquisition_time"] == pytest.approx(299.80, abs=0.01)
    assert len(decoded.values) == 12


def test_a_pressure_probe_tells_the_depth_of_the_water_above_it() -> None:
    decoded = reading.decode(uplink(PR26))
    assert decoded.model == "Decentlab DL-PR26"
    expected = {"pressure": 0.25, "temperature": pytest.approx(23.9), "battery_voltage": 3.1}
    assert values(decoded) == expected
    depth = decoded.first(Quantity.DEPTH)
    assert depth is not None
    assert depth.value == pytest.approx(254.93, abs=0.01), "0.25 bar of fresh water"


def test_no_valid_echo_is_no_distance() -> None:
    decoded = reading.decode(uplink(bytes.fromhex("0204d20003000000000bb8")))
    assert decoded.first(Quantity.DISTANCE) is None
    assert values(decoded)["number_of_valid_samples"] == 0


def test_a_frame_with_only_the_battery_is_no_measurement() -> None:
    decoded = reading.decode(uplink(bytes.fromhex("0204d200020bb8")))
    assert [v.quantity for v in decoded.values] == [Quantity.BATTERY_VOLTAGE]


def test_models_of_the_same_layout_are_told_by_label_or_profile() -> None:
    same = bytes.fromhex("0204d2000380008e000c1c")
    assert reading.decode(uplink(same), "DL-PR36").model == "Decentlab DL-PR36"
    assert reading.decode(uplink(same, profile="Decentlab DL-PR36 1.0")).model == "Decentlab DL-PR36"
    assert reading.decode(uplink(same, profile="decentlab dl-pr21")).model == "Decentlab DL-PR21"
    with pytest.raises(Undecodable, match="DL-SHT35"):
        reading.decode(uplink(same, profile="DL-SHT35"))
    with pytest.raises(Undecodable, match="DL-LID"):
        reading.decode(uplink(same), "DL-LID")


def test_a_networks_wrong_profile_does_not_stand_against_the_bytes() -> None:
    assert reading.decode(uplink(MBX, profile="dl-tbrg")).model == "Decentlab DL-MBX"


def test_rain_of_a_tipping_bucket() -> None:
    decoded = reading.decode(uplink(bytes.fromhex("0204d200030019025800c800010bb8"), profile="dl-tbrg"))
    rain = decoded.first(Quantity.RAIN)
    assert rain is not None
    assert rain.value == pytest.approx(2.5)
    assert rain.unit == "mm"
    assert values(decoded)["cumulative_precipitation"] == pytest.approx(6573.6)


def test_where_we_would_have_to_guess_the_networks_own_decoder_is_asked() -> None:
    given = {"distance": {"displayName": "Distance", "value": 2700, "unit": "mm"}, "voltage": {"value": 3}}
    decoded = reading.decode(uplink(MBX, decoded=given))
    assert (decoded.model, decoded.values[0].value) == ("decoded by the network", 2700)
    assert reading.decode(uplink(MBX, decoded=given, profile="DL-MBX")).model == "Decentlab DL-MBX"
    assert reading.decode(uplink(LID, decoded={"distance": 1})).model == "Decentlab DL-LID"


@pytest.mark.parametrize(
    ("frame", "word"),
    [
        (MBX[:-1], "truncated"),
        (MBX[:6], "truncated"),
        (MBX[:3], "less than a head"),
        (b"\x01" + MBX[1:], "version 1"),
        (MBX[:3] + b"\x00\x07" + MBX[5:], "flags"),
        (MBX + b"\x00\x00", "name the model"),
    ],
)
def test_broken_decentlab_frames_are_refused_with_the_reason(frame: bytes, word: str) -> None:
    with pytest.raises(Undecodable, match=word):
        decentlab.decode(frame)


@pytest.mark.parametrize(
    ("frame", "model", "expected"),
    [
        ("01755b 0382dc05 040000", "EM310-UDL", {"battery": 91, "distance": 1500, "position": "normal"}),
        (
            "017550 0367f6ff 0482e803 050001",
            "EM400-UDL",
            {"battery": 80, "temperature": -1.0, "distance": 1000, "position": "tilt"},
        ),
        (
            "8367780101 8482e80300",
            "EM400-UDL",
            {"temperature": 37.6, "temperature_abnormal": True, "distance": 1000, "distance_alarming": False},
        ),
        ("017563 0382d007", "EM500-UDL", {"battery": 99, "distance": 2000}),
        (
            "83e9d007640001",
            "EM500-UDL",
            {"distance": 2000, "distance_mutation": 100, "distance_alarming": True},
        ),
        ("017563 03771a01", "EM500-SWL", {"battery": 99, "water_level": 282}),
        ("017563 037b2c00", "EM500-PP", {"battery": 99, "pressure": 44}),
        (
            "0367ff00 046879 08ec7b00000001",
            "WTS506",
            {"temperature": 25.5, "humidity": 60.5, "rainfall_total": 1.23, "rainfall_counter": 1},
        ),
        ("ff0101 ff166749d19054690031 0382d007", "EM500-UDL", {"distance": 2000}),
    ],
)
def test_milesights_channels_are_read_as_their_model_means_them(
    frame: str, model: str, expected: dict[str, Any]
) -> None:
    decoded = reading.decode(milesight_uplink(frame))
    assert decoded.model == f"Milesight {model}"
    assert values(decoded) == expected
    assert decoded.unknown == ()


def test_a_level_is_a_depth_and_a_distance_is_none() -> None:
    deep = reading.decode(milesight_uplink("03771a01")).first(Quantity.DEPTH)
    assert deep is not None
    assert (deep.value, deep.unit) == (282, "cm")


def test_error_codes_are_no_distances() -> None:
    for code in ("fdff", "ffff"):
        decoded = reading.decode(milesight_uplink(f"017563 0382{code}"))
        assert decoded.first(Quantity.DISTANCE) is None
        assert "distance_error" in decoded.states


def test_what_follows_an_unknown_or_cut_channel_is_kept_as_unknown() -> None:
    decoded = reading.decode(milesight_uplink("017563 0382d007 0a990102"))
    assert (values(decoded), decoded.unknown) == ({"battery": 99, "distance": 2000}, ("0a990102",))
    cut = reading.decode(milesight_uplink("017563 0382d0"))
    assert (values(cut), cut.unknown) == ({"battery": 99}, ("0382d0",))
    with pytest.raises(Undecodable):
        reading.decode(milesight_uplink("0a990102"))


def test_values_kept_while_there_was_no_network_come_with_their_own_times() -> None:
    decoded = reading.decode(milesight_uplink("03771a01 20ce8b225668 0f01 20ce0f265668 1401"))
    assert [e.at for e in decoded.earlier] == [datetime.fromtimestamp(t, UTC) for t in (0x6856228B, 0x6856260F)]
    assert [e.values[0].value for e in decoded.earlier] == [271, 276]
    untold = reading.decode(milesight_uplink("017563 20ce8b225668 0f01"))
    assert (untold.earlier, untold.unknown) == ((), ("0f01",))
    assert reading.decode(milesight_uplink("20ce8b225668 0f01", profile="EM500 UDL")).earlier[0].values[0].unit == "mm"


def test_devices_we_have_no_decoder_for_are_read_from_what_the_network_made_of_them() -> None:
    given = {"Distance": "1830 mm", "Bat": 3.31, "TempC_DS18B20": "0.00", "Interrupt_flag": 0, "ok": True, "x": [1]}
    decoded = reading.decode(uplink(b"\x0c\xf1\x07\x26\x00", 2, decoded=given))
    assert decoded.first(Quantity.DISTANCE) == decoded.values[0]
    assert (decoded.values[0].value, decoded.values[0].unit) == (1830, "mm")
    voltage = decoded.first(Quantity.BATTERY_VOLTAGE)
    assert voltage is not None
    assert (voltage.value, voltage.unit) == (3.31, "V")
    assert decoded.states == {"ok": True}
    with pytest.raises(Undecodable, match="no decoder"):
        reading.decode(uplink(b"\x0c\xf1\x07\x26\x00", 2))
    with pytest.raises(Undecodable, match="no number"):
        reading.decode(uplink(b"\x0c", 2, decoded={"text": "NaN", "nested": {"a": 1}}))
    with pytest.raises(Undecodable, match="neither"):
        reading.decode(uplink(b""))


def test_a_towns_own_bridge_speaks_of_levels_where_a_probe_speaks_of_depth() -> None:
    message = {"fields": {"water_level": 327, "meldestufe": 0, "water": "Bach", "bat": 3.264}, "name": "B", "ts": 1}
    decoded = reading.decode(reading.read(json.dumps(message).encode())[0])
    level = decoded.first(Quantity.LEVEL)
    assert level is not None
    assert (level.value, level.unit) == (327, "cm")
    probe = reading.read(chirpstack(b"", object={"water_level": 327}))[0]
    assert reading.decode(probe).first(Quantity.DEPTH) is not None


def _expected(file: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    result = json.loads(file.with_name(file.name.replace("_payload", "_result")).read_bytes())
    first = result[0] if isinstance(result, list) else result
    told = first["telemetry"][0] if isinstance(first["telemetry"], list) else first["telemetry"]
    return first, told


_OF_THE_RADIO = {"lora_rssi": "rssi", "lora_snr": "snr", "lora_frame_counter": "counter", "lora_frame_port": "port"}
_NOT_OURS = {"lora_frequency", "lora_spreading_factor"}


def test_recorded_messages_give_exactly_the_results_beside_them(samples: Path) -> None:
    """Files are <vendor>_<model>_<network>_payload.json with ThingsBoard's result: its keys are the vendors' own."""
    files = sorted((samples / "lorawan_uplinks").glob("*_payload.json"))
    assert len(files) >= 20
    for file in files:
        model = file.name.split("_")[1]
        first, told = _expected(file)
        (found,) = reading.read(file.read_bytes())
        for decoded in (reading.decode(found), reading.decode(found, model)):
            assert decoded.model.split()[-1] == model == first["deviceType"], file.name
            ours: dict[str, Any] = {**values(decoded)}
            for theirs, name in _OF_THE_RADIO.items():
                if theirs in told["values"]:
                    ours[theirs] = getattr(found, name)
            assert ours == {k: v for k, v in told["values"].items() if k not in _NOT_OURS}, file.name
            assert decoded.unknown == ()
        eui = first["attributes"].get("eui") or first["attributes"].get("lora_dev_eui")
        assert eui is None or found.device == eui.upper(), file.name
        at = told["ts"]
        when = datetime.fromisoformat(at) if isinstance(at, str) else datetime.fromtimestamp(at / 1000, UTC)
        # The Things Stack stamps twice, and the results use now the one, now the other
        assert abs((when - found.at).total_seconds()) < 0.5, file.name


def test_a_running_total_is_never_taken_for_rain_since_the_message_before() -> None:
    for given in (
        {"rainfall_total": 312.4},
        {"rainfall_total": {"value": 312.4, "unit": "mm"}},
        {"rain_total_mm": 312.4},
        {"rainfall_total": "312.4 mm"},
    ):
        rain = reading.decode(replace(uplink(MBX), payload=None, decoded=given)).first(Quantity.RAIN)
        assert rain is not None
        assert (rain.value, rain.unit) == (312.4, "mm total")
