from __future__ import annotations

from datetime import UTC, datetime

from alerting.model.plan import ChannelKind, Escalate, Plan, Quota, Step, Target, TargetKind
from service.alarms.rehearsal import Rehearsal, Someone, quotas

NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)
SMS, VOICE, PUSH = ChannelKind.SMS, ChannelKind.VOICE, ChannelKind.PUSH
ALL = (Target(TargetKind.ORGANISATION, organisation="fw"),)


def plan(*steps: Step, total: int = 1, **more: object) -> Plan:
    return Plan("fw", "Kette", steps, quota=Quota(total), **more)  # type: ignore[arg-type]


def test_each_person_is_tried_channel_by_channel_and_the_next_step_begins_when_the_wait_is_over() -> None:
    anna = Someone("anna", "Anna", channels=(PUSH, SMS, VOICE))
    ben = Someone("ben", "Ben", channels=(SMS,))
    chain = plan(Step(ALL, fall_back=60, wait=300), Step(ALL, wait=100))
    played = Rehearsal(chain, [[anna], [anna, ben]], {}, NOW).play()
    assert [(c.after, c.helper, c.step, c.channel) for c in played.calls] == [
        (0, "anna", 0, PUSH), (60, "anna", 0, SMS), (120, "anna", 0, VOICE), (300, "anna", 1, PUSH),
        (300, "ben", 1, SMS),
    ]  # fmt: skip
    assert [(t.after, t.what, t.step) for t in played.turns] == [
        (0, "STEP", 0),
        (300, "STEP", 1),
        (400, "EXHAUSTED", 1),
    ]
    assert (played.cost, played.first, played.ends_after) == ({"PUSH": 2, "SMS": 2, "VOICE": 1}, {"PUSH": 1}, 400)


def test_repeats_call_the_same_people_once_more_and_all_at_once_is_all_at_once() -> None:
    anna = Someone("anna", "Anna", channels=(SMS, VOICE))
    chain = plan(Step(ALL, wait=60, repeat=1, at_once=True, channels=(SMS, VOICE)))
    played = Rehearsal(chain, [[anna]], {}, NOW).play()
    assert [(c.after, c.channel) for c in played.calls] == [(0, SMS), (0, VOICE), (60, SMS), (60, VOICE)]
    assert [t.what for t in played.turns] == ["STEP", "REPEAT", "EXHAUSTED"]


def test_a_step_with_nobody_to_call_costs_no_time_and_supervisors_come_last() -> None:
    nobody = Someone("carl", "Carl", reason="no channel")
    chief = Someone("dora", "Dora", channels=(VOICE,))
    chain = plan(Step(ALL, wait=600), Step(ALL, wait=30), supervisor=("dora",))
    played = Rehearsal(chain, [[nobody], []], {"dora": chief}, NOW).play()
    assert [(t.after, t.what) for t in played.turns] == [(0, "STEP"), (0, "STEP"), (0, "EXHAUSTED"), (0, "SUPERVISOR")]
    assert [(c.after, c.helper) for c in played.calls] == [(0, "dora")]


def test_a_step_by_hand_is_told_as_held_and_a_partner_as_asked() -> None:
    partner = (Target(TargetKind.PARTNER, organisation="thw"),)
    anna = Someone("anna", "Anna", channels=(SMS,))
    chain = plan(Step(ALL, wait=60, escalate=Escalate.MANUAL), Step(partner, wait=60))
    played = Rehearsal(chain, [[anna], []], {}, NOW).play()
    assert [(t.what, t.organisation) for t in played.turns][:4] == [
        ("STEP", None), ("HOLD", None), ("STEP", None), ("PARTNER", "thw"),
    ]  # fmt: skip


def test_quotas_are_counted_over_whom_can_be_reached() -> None:
    chain = Plan(
        "fw",
        "Kette",
        (Step(ALL, quota=Quota(2)), Step(ALL)),
        quota=Quota(2, {"C": 1, "ZF": 1}),
    )
    anna = Someone("anna", "Anna", frozenset({"C"}), (SMS,))
    ben = Someone("ben", "Ben", frozenset({"ZF"}), (), "no channel")
    carl = Someone("carl", "Carl", frozenset(), (SMS,))
    found = {(line.step, line.skill): line for line in quotas(chain, [[anna, ben], [carl]])}
    assert {key: (line.possible, line.met) for key, line in found.items()} == {
        (None, ""): (2, True), (None, "C"): (1, True), (None, "ZF"): (0, False), (0, ""): (1, False),
    }  # fmt: skip


def test_the_same_plan_of_thousands_is_played_in_a_moment() -> None:
    crowd = [Someone(f"h{number}", None, frozenset(), (PUSH, SMS, VOICE)) for number in range(5_000)]
    played = Rehearsal(plan(Step(ALL, repeat=2), total=9_000), [crowd], {}, NOW).play()
    assert played.cost == {"PUSH": 15_000, "SMS": 15_000, "VOICE": 15_000}
    assert not played.cut_off
