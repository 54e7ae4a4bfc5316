"""Staffs and who holds which function in them (DOMAIN sections 1.2, 1.3, 10.12)."""

from __future__ import annotations

from enum import StrEnum

from geodata.model.states import States


class StaffModel(StrEnum):
    """Kreis level keeps Krisenstab and Einsatzleitung apart; district and Land have one integrated staff."""

    KRISENSTAB = "KRISENSTAB"
    EINSATZLEITUNG = "EINSATZLEITUNG"
    SAE = "SAE"
    GESAMTSTAB = "GESAMTSTAB"


class Function(StrEnum):
    """What somebody does in a staff on this deployment; never a rank or a qualification."""

    LEITUNG = "LEITUNG"
    LDS = "LDS"
    S1 = "S1"
    S2 = "S2"
    S3 = "S3"
    S4 = "S4"
    S5 = "S5"
    S6 = "S6"
    KGS = "KGS"
    SMS = "SMS"
    EMS = "EMS"
    BUMA = "BUMA"
    FACHBERATER = "FACHBERATER"
    VERBINDUNGSPERSON = "VERBINDUNGSPERSON"
    MELDEKOPF = "MELDEKOPF"
    OBSERVER = "OBSERVER"


_TACTICAL = (
    Function.LDS, Function.S1, Function.S2, Function.S3, Function.S4, Function.S5, Function.S6,
    Function.FACHBERATER, Function.VERBINDUNGSPERSON, Function.MELDEKOPF, Function.OBSERVER,
)  # fmt: skip
_ADMINISTRATIVE = (
    Function.LEITUNG, Function.KGS, Function.SMS, Function.EMS, Function.BUMA,
    Function.FACHBERATER, Function.VERBINDUNGSPERSON, Function.OBSERVER,
)  # fmt: skip

FUNCTIONS: dict[StaffModel, tuple[Function, ...]] = {
    StaffModel.EINSATZLEITUNG: _TACTICAL,
    StaffModel.KRISENSTAB: _ADMINISTRATIVE,
    StaffModel.SAE: (Function.LEITUNG, *_TACTICAL[1:7], Function.KGS, Function.BUMA, *_TACTICAL[7:]),
    StaffModel.GESAMTSTAB: tuple(dict.fromkeys(_ADMINISTRATIVE[:-1] + _TACTICAL)),
}
"""The seats of each kind of staff, in the order in which they are shown."""

REQUIRED: dict[StaffModel, tuple[Function, ...]] = {
    StaffModel.EINSATZLEITUNG: _TACTICAL[:7],
    StaffModel.KRISENSTAB: (Function.LEITUNG, Function.KGS, Function.BUMA),
    StaffModel.SAE: (Function.LEITUNG, Function.KGS, Function.BUMA, Function.S2, Function.S3),
    StaffModel.GESAMTSTAB: (Function.LEITUNG, Function.KGS, Function.BUMA, *_TACTICAL[:7]),
}
"""Seats that are shown as vacant when nobody holds them (Ahr valley 2021: nobody sat in the seat of S2)."""


class Shift(StrEnum):
    PLANNED = "PLANNED"
    ON_DUTY = "ON_DUTY"
    HANDOVER = "HANDOVER"
    OFF = "OFF"


SHIFT = States(
    Shift,
    start=Shift.PLANNED,
    moves={
        Shift.PLANNED: (Shift.ON_DUTY, Shift.OFF),
        Shift.ON_DUTY: (Shift.HANDOVER, Shift.OFF),
        Shift.HANDOVER: (Shift.OFF, Shift.ON_DUTY),
        Shift.OFF: (),
    },
)
