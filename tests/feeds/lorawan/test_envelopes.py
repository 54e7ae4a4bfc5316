from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from feeds.contract import Garbled
from feeds.lorawan import reading
from feeds.lorawan.uplink import Network
from tests.feeds.lorawan.messages import ENVELOPES, EUI, MBX, chirpstack, gateway, loriot, thingpark, things_stack

HEARD = datetime(2026, 7, 14, 11, 58, 3, 123000, tzinfo=UTC)


@pytest.mark.parametrize("network", ENVELOPES)
def test_every_network_server_tells_of_the_same_frame(network: str) -> None:
    (uplink,) = reading.read(ENVELOPES[network]())
    assert uplink.network is Network(network)
    assert uplink.device == EUI
    assert abs(uplink.at - HEARD) < timedelta(milliseconds=1)
    assert (uplink.counter, uplink.port, uplink.payload) == (77, 1, MBX)
    assert (uplink.rssi, uplink.snr) == (-61, 9.5), "of the gateway that heard it best"


def test_nanoseconds_are_cut_not_refused() -> None:
    (uplink,) = reading.read(things_stack())
    assert uplink.at == datetime(2026, 7, 14, 11, 58, 3, 123456, tzinfo=UTC)


def test_doubles_are_told_by_device_session_and_counter() -> None:
    (first,), (second,) = reading.read(things_stack()), reading.read(things_stack(received_at="2026-07-14T11:59:00Z"))
    (rejoined,) = reading.read(things_stack(session_key_id="other"))
    assert first.double_of == second.double_of
    assert first.double_of != rejoined.double_of


def test_only_a_devices_own_place_is_taken_never_the_gateways() -> None:
    (told,) = reading.read(thingpark())
    assert (told.longitude, told.latitude) == (6.98, 51.03)
    placed = {"user": {"latitude": 51.1, "longitude": 7.0, "source": "SOURCE_REGISTRY"}}
    (named,) = reading.read(things_stack(locations=placed))
    assert (named.longitude, named.latitude) == (7.0, 51.1)
    for message in (gateway(), chirpstack(), loriot(), gateway(latitude=0, longitude=0)):
        assert reading.read(message)[0].longitude is None


def test_protobuf_leaves_out_zero_and_the_first_frame_is_number_zero() -> None:
    message = json.loads(chirpstack())
    del message["fCnt"]
    assert reading.read(json.dumps(message).encode())[0].counter == 0
    message = json.loads(things_stack())
    del message["uplink_message"]["f_cnt"]
    assert reading.read(json.dumps(message).encode())[0].counter == 0


@pytest.mark.parametrize(
    "event",
    [
        {"end_device_ids": {"dev_eui": EUI}, "join_accept": {"session_key_id": "x"}},
        {"deviceInfo": {"devEui": EUI}, "devAddr": "00", "time": "2026-07-14T12:00:00Z"},
        {"deviceInfo": {"devEui": EUI}, "queueItemId": "q", "acknowledged": True, "fCntDown": 1},
        {"cmd": "txd", "EUI": EUI, "seqdn": 1},
        {"DevEUI_downlink_Sent": {"DevEUI": EUI, "Time": "2026-07-14T12:00:00Z"}},
    ],
)
def test_joins_receipts_and_other_events_are_no_uplinks(event: dict[str, Any]) -> None:
    assert reading.read(json.dumps(event).encode()) == []


def test_a_towns_own_bridge_may_send_values_without_bytes() -> None:
    message = {"fields": {"water_level": 312, "bat": 3.31}, "name": "LDDS75_Bruecke_2", "timestamp": 1784030283}
    (uplink,) = reading.read(json.dumps(message).encode(), topic="sensoren/LDDS75_Bruecke_2")
    assert (uplink.device, uplink.decoded) == ("LDDS75_Bruecke_2", {"water_level": 312, "bat": 3.31})
    assert uplink.at == datetime(2026, 7, 14, 11, 58, 3, tzinfo=UTC)
    del message["name"]
    assert reading.read(json.dumps(message).encode(), topic="sensoren/Nord")[0].device == "Nord"
    kept = {"topic": "sensoren/Nord", "payload": message}
    assert reading.read(json.dumps([kept, kept]).encode())[1].device == "Nord"


def test_hexadecimal_and_base64_are_told_apart_where_the_sender_may_choose() -> None:
    assert reading.read(gateway(data=MBX.hex()))[0].payload == MBX
    assert reading.read(gateway(data=None, payload_hex=MBX.hex().upper()))[0].payload == MBX
    assert reading.read(gateway())[0].payload == MBX


def test_a_time_with_a_swallowed_dash_is_read() -> None:
    (uplink,) = reading.read(gateway(time="2026-0714T11:58:03.5Z"))
    assert uplink.at == datetime(2026, 7, 14, 11, 58, 3, 500000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("message", "word"),
    [
        (b"", "empty"),
        (b"<html>", "HTML"),
        (b'{"cmd":', "no whole JSON"),
        (b'{"a": 1}', "no envelope"),
        (b"[" + b'{"cmd":"rx","EUI":"x"},' * 600 + b'{"cmd":"rx","EUI":"x"}]', "at once"),
        (b" " * 300_000, "bytes"),
        (things_stack(frm_payload="not base64!"), "base64"),
        (things_stack(received_at="yesterday"), "is no time"),
        (things_stack(frm_payload="A" * 400), "LoRaWAN frame"),
        (things_stack(rx_metadata="none"), "rx_metadata"),
        (loriot(data="0g"), "hexadecimal"),
        (loriot(EUI="123"), "DevEUI"),
        (loriot(ts=None), "no time"),
        (loriot(ts=1e300), "is no time"),
        (thingpark(Time="2026-07-14T11:58:03"), "time zone"),
        (gateway(devEUI=None, deviceName=None), "neither a DevEUI"),
        (gateway(name="a\u0000b"), "NUL"),
    ],
)
def test_what_is_wrong_is_said(message: bytes, word: str) -> None:
    with pytest.raises(Garbled, match=word):
        reading.read(message)


def test_a_time_ahead_of_ours_is_refused_when_we_know_ours() -> None:
    assert reading.read(things_stack(), now=HEARD)
    with pytest.raises(Garbled, match="future"):
        reading.read(things_stack(), now=HEARD - timedelta(hours=1))


@pytest.mark.parametrize("ts", [1784030283, 1784030283123, 1784030283123456, 1784030283123456789, "1784030283123"])
def test_unix_time_is_read_in_whatever_part_of_a_second_it_counts(ts: int | str) -> None:
    (uplink,) = reading.read(loriot(ts=ts))
    assert timedelta(0) <= uplink.at - datetime(2026, 7, 14, 11, 58, 3, tzinfo=UTC) < timedelta(seconds=1)


def test_markup_in_names_is_gone() -> None:
    assert reading.read(gateway(deviceName="<script>alert(1)</script>Nord\n<b>1</b>"))[0].name == "Nord 1"
