"""The watch: follows the log, judges the rules, keeps custody of warnings, and acts on deadlines.

Nothing here is a timer and nothing is remembered but what stands in the database: how far the log was read, what each
rule has said, when each custody is due. The log says what to look at; what is found is always the present state, so
that looking twice, or after a fall, changes nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

import structlog

from alerting.model.custody import Terms
from alerting.model.risk import Outcome
from alerting.model.rule import Activity, RuleKind, Seen, judge
from alerting.model.warned import Keeper
from alerting.store import custody, raising, rules, subjects, warnings
from alerting.store.rules import Kept, Said
from alerting.store.subjects import Place
from geodata.model.clock import Clock
from geodata.model.incident import IncidentMode
from geodata.store import changes
from geodata.store.changes import Logged
from geodata.store.database import Database, StoreError
from geodata.store.things import NoSuchThing

log = structlog.get_logger()

CURSOR, ACTOR = "watch", "watch"
EVERY = 1.0
"""Seconds between two looks at what is due."""
ALL_EVERY = 20.0
"""Seconds between two looks at everything: for what begins without a line in the log, such as an order's time."""
STALLED = 30.0
BY_KIND = {
    "feed": (RuleKind.FEED_DEAD, RuleKind.WARNING),
    "warning": (RuleKind.WARNING,),
    "task": (RuleKind.OVERDUE,),
    "inquiry": (RuleKind.INQUIRY,),
    "custody": (RuleKind.CUSTODY,),
}


class Watch:
    """`area` is the node's (ARS prefix). `run` follows the log, `tend` looks after deadlines; several may run."""

    def __init__(
        self, database: Database, clock: Clock, *, origin: str, area: str, terms: Terms, mode: IncidentMode
    ) -> None:
        self.database, self.clock, self.origin, self.area = database, clock, origin, area
        self.terms, self.mode = terms, mode
        self._followed = self._tended = time.monotonic()
        self._rules: list[Kept] | None = None
        self._forgotten = 0

    def alive(self) -> bool:
        """Both loops came round lately."""
        return time.monotonic() - min(self._followed, self._tended) < STALLED

    async def run(self) -> None:
        """Follow the log for ever from where it was left. Raises StoreError."""
        async with self.database.reading() as connection:
            cursor = await rules.cursor(connection, CURSOR)
        bounds = await changes.bounds(self.database)
        if cursor is None or not bounds.holds(cursor):
            cursor = bounds.newest
            await self.everything()
            await self._keep(cursor, anew=True)
        self._forget()
        async for page in changes.follow(self.database, cursor):
            if page:
                await self.read(page)
                await self._keep(page[-1].seq)
            self._followed = time.monotonic()

    async def tend(self) -> None:
        """Deadlines of custody and moments of rules, for ever. Raises StoreError."""
        all_at = 0.0
        while True:
            await self.deadlines()
            if time.monotonic() >= all_at:
                await self.everything()
                all_at = time.monotonic() + ALL_EVERY
            else:
                await self.moments()
            self._tended = time.monotonic()
            await asyncio.sleep(EVERY)

    async def read(self, page: list[Logged]) -> None:
        """What these lines of the log may have changed. Raises StoreError."""
        by_kind: dict[str, set[str]] = {}
        for line in page:
            if not (line.kind == "custody" and line.op == "drop"):
                by_kind.setdefault(line.kind, set()).add(line.ref)
        if "roster" in by_kind or "incident" in by_kind or "warning" in by_kind:
            await warnings.reconcile(self.database, self.origin, self.area, self.terms, self.mode, self.clock.now())
        if "alarm_rule" in by_kind or "roster" in by_kind:
            self._forget()
        known = await self._known()
        readings = {ref.split("/", 2)[2] for ref in by_kind.get("reading", ())}
        stations = {series.rpartition(".")[0] for series in readings}
        touched = {kind for name in by_kind for kind in BY_KIND.get(name, ())}
        fresh = {ref.rpartition("/")[2] for ref in by_kind.get("alarm_rule", ())}
        chosen = [
            kept
            for kept in known
            if kept.id in fresh
            or kept.rule.kind in touched
            or (readings and f"{kept.rule.station}.{kept.rule.quantity}" in readings)
            or (stations and not stations.isdisjoint(kept.rule.stations))
        ]
        await self.judge(chosen)
        if fresh:
            await self._end_gone()

    async def everything(self) -> None:
        """All warnings and all rules, whatever the log says. Raises StoreError."""
        await warnings.reconcile(self.database, self.origin, self.area, self.terms, self.mode, self.clock.now())
        self._forget()
        await self.judge(await self._known())
        await self._end_gone()

    async def deadlines(self) -> int:
        """Every custody whose time has come, each in a transaction of its own; how many."""
        done: list[str] = []
        while True:
            now, id = self.clock.now(), None
            try:
                async with self.database.transaction(ACTOR) as tx:
                    id = await custody.claim_due(tx, now, done)
                    if id is None:
                        return len(done)
                    await custody.do_due(tx, self.origin, id, now, self.terms)
            except Exception as error:
                if id is None or (isinstance(error, StoreError) and not isinstance(error, NoSuchThing)):
                    raise
                log.exception("a deadline could not be kept", id=id)
            done.append(id)

    async def moments(self) -> None:
        """Rules of which time alone may have changed what they say."""
        async with self.database.reading() as connection:
            due = await rules.due(connection, self.clock.now())
        if due:
            await self.judge([kept for kept in await self._known() if kept.id in due])

    async def judge(self, chosen: Collection[Kept]) -> None:
        """These rules against what is seen now. One that fails holds up none of the others."""
        if not chosen:
            return
        async with self.database.reading() as connection:
            rosters, _ = await custody.keepers(connection, self.origin)
        said = await rules.said(self.database, [kept.id for kept in chosen])
        for kept in chosen:
            try:
                await self._judge(kept, rosters, said.get(kept.id, {}))
            except StoreError:
                raise
            except Exception:
                log.exception("a rule could not be judged", id=kept.id)

    async def _judge(self, kept: Kept, rosters: list[Keeper], said: dict[str, Said]) -> None:
        if kept.rule.state is Activity.OFF:
            await self._end(said.values(), kept.room, "the rule is switched off")
            return
        keeper = next((one for one in rosters if one.room == kept.room), None)
        if keeper is None:
            return
        now = self.clock.now()
        place = Place(self.origin, kept.room, keeper.ars or self.area)
        sides = {subject: one.standing.high for subject, one in said.items()}
        found = await subjects.seen(self.database, kept.rule, place, now, sides)
        for subject in said:
            if subject not in found:
                found[subject] = Seen(False)
        for subject, seen in found.items():
            before = said.get(subject)
            if before is not None:
                judged = judge(kept.rule, before.standing, seen, now)
                same = judged.standing == before.standing and judged.look_at == before.due_at
                if same and not (judged.raises or judged.over or judged.known):
                    continue
            await self._say(kept, keeper, rosters, subject, seen, now)

    async def _say(
        self, kept: Kept, keeper: Keeper, rosters: list[Keeper], subject: str, seen: Seen, now: datetime
    ) -> None:
        async with self.database.transaction(ACTOR) as tx:
            before = await rules.take(tx, kept.id, subject, now)
            judged = judge(kept.rule, before.standing, seen, now)
            after = replace(before, standing=judged.standing, due_at=judged.look_at)
            if judged.over and before.alert:
                await raising.clear_alert(tx, self.origin, before.alert, kept.room, now, "the rule sees it over")
                after = replace(after, alert=None)
            if judged.known and before.unknown_alert:
                await raising.clear_alert(tx, self.origin, before.unknown_alert, kept.room, now, "data are there again")
                after = replace(after, unknown_alert=None)
            if judged.raises:
                id = await raising.raise_alert(
                    tx, self.origin, kept, keeper, rosters, subject, seen, judged.raises, judged.standing.episode,
                    self.terms, self.mode, now,
                )  # fmt: skip
                alarm = judged.raises is Outcome.ALARM
                after = replace(after, alert=id) if alarm else replace(after, unknown_alert=id)
            await rules.say(tx, after, now)
        if judged.raises:
            log.warning("a rule has raised an alert", rule=kept.id, outcome=judged.raises.value)

    async def _end(self, said: Iterable[Said], room: str | None, why: str) -> None:
        for one in said:
            now = self.clock.now()
            async with self.database.transaction(ACTOR) as tx:
                held = await rules.take(tx, one.rule, one.subject, now)
                for alert in (held.alert, held.unknown_alert):
                    if alert:
                        await raising.clear_alert(tx, self.origin, alert, room, now, why)
                await rules.forget(tx, held)

    async def _end_gone(self) -> None:
        known = await self._known()
        async with self.database.reading() as connection:
            gone = await rules.gone(connection, [kept.id for kept in known])
        await self._end(gone, None, "the rule was taken away")

    def _forget(self) -> None:
        self._rules = None
        self._forgotten += 1

    async def _known(self) -> list[Kept]:
        """Both loops ask, and each may forget them while the other reads: what was read before that is not kept."""
        known, forgotten = self._rules, self._forgotten
        if known is None:
            async with self.database.reading() as connection:
                known = await rules.all_of(connection, self.origin)
            if self._forgotten == forgotten:
                self._rules = known
        return known

    async def _keep(self, seq: int, *, anew: bool = False) -> None:
        async with self.database.reading() as connection:
            await rules.followed(connection, CURSOR, seq, anew=anew)
