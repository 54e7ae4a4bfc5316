"""What a rule raises: the risk alert with its evidence, its custody, and the alarm of its plan, all in one transaction.

It happens once for each episode: the alert's id is made of rule, subject and episode, and the row of the rule's state
is locked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from alerting.model.custody import Terms, Watched
from alerting.model.risk import Outcome, RiskAlert, RiskState
from alerting.model.rule import AlarmRule, RuleKind, Seen
from alerting.model.warned import Keeper
from alerting.store import custody
from alerting.store.rules import Kept, alert_id
from alerting.store.starting import start_plan
from geodata.model.body import from_body
from geodata.model.editing import KEPT
from geodata.model.incident import IncidentMode
from geodata.model.ref import Ref
from geodata.store import things
from geodata.store.database import Transaction
from geodata.store.things import NoSuchThing


def mode_of(rule: AlarmRule, node: IncidentMode) -> IncidentMode:
    """An exercise stays one, whatever a rule says."""
    return rule.mode or node if node is IncidentMode.ACTUAL else node


async def raise_alert(
    tx: Transaction, origin: str, kept: Kept, keeper: Keeper, rosters: Collection[Keeper], subject: str, seen: Seen,
    outcome: Outcome, episode: int, terms: Terms, node: IncidentMode, now: datetime,
) -> str:  # fmt: skip
    """The id of the risk alert."""
    rule = kept.rule
    ref = Ref(origin, custody.ALERT, alert_id(kept.id, subject, episode))
    measured = rule.kind in (RuleKind.THRESHOLD, RuleKind.RISE)
    alert = RiskAlert(
        title=rule.name, rule=kept.id, rule_kind=rule.kind.value, organisation=rule.organisation, subject=subject,
        outcome=outcome, mode=mode_of(rule, node), raised_at=now, episode=episode, level=seen.level,
        evidence=seen.evidence, station=rule.station if measured else None,
        quantity=rule.quantity if measured else None, mark=rule.value if measured else None,
        reset=rule.reset if measured else None, ars=rule.ars or keeper.ars or None, text=rule.text, plan=rule.plan,
        geometry=seen.geometry or rule.geometry,
    )  # fmt: skip
    if rule.kind is not RuleKind.CUSTODY:
        watched = Watched(
            str(ref), rule.name, seen.level, alert.mode, keys=(keeper.ars,) if keeper.ars else (), sent=now,
            areas=tuple(one.name for one in seen.evidence if one.name)[:5],
        )  # fmt: skip
        alert = replace(alert, custody=await custody.receive(tx, origin, keeper, rosters, watched, terms, now))
    if rule.plan and outcome is Outcome.ALARM:
        started, problem = await start_plan(tx, origin, kept, alert, ref, now)
        alert = replace(alert, alarm=started, problem=problem, state=RiskState.LINKED if started else alert.state)
    custody.put_alert(tx, ref, kept.room, alert, 1, now)
    return ref.id


async def clear_alert(tx: Transaction, origin: str, id: str, room: str | None, now: datetime, why: str) -> None:
    """What it warned of is over: its custody ends with it."""
    ref = Ref(origin, custody.ALERT, id)
    open_ones = await custody.about(tx.connection, [str(ref)])
    for one in open_ones:
        await custody.end(tx, origin, one, now, why)
    if tx.pending(str(ref)) is not None or room is None:
        return
    try:
        held = await things.read(tx, ref, [room])
    except NoSuchThing:
        return
    alert = from_body({name: value for name, value in held.body.items() if name not in KEPT}, RiskAlert)
    if alert.state is not RiskState.CLEARED:
        after = replace(alert, state=RiskState.CLEARED, cleared_at=now)
        custody.put_alert(tx, ref, room, after, int(held.body.get("version", 1)) + 1, now)
