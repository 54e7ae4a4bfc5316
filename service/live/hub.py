"""Fan-out: one follower of the log, one frame per group of equal subscriptions, nobody waits for a slow one.

What the follower reads is collected and flushed: at once after a quiet moment or when it is urgent, else in bundles
(`Pace`). A flush moves the cursor, puts the lines into the ring and writes one frame to every member of each group.
A connection is either in its group, and then has everything up to `cursor`, or it is behind and is brought up to date
from its own cursor (`CatchUp`). There is no await between the last frame of a catch-up and entering the group, so
nothing is missed and nothing comes twice.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta

import structlog

from geodata.model.clock import Clock
from geodata.model.geometry import Bbox
from geodata.store.changes import LogBounds, Logged
from geodata.store.database import Database
from service.access.visitor import Visitor
from service.live.catch_up import CatchUp
from service.live.connection import Connection
from service.live.follower import Follower
from service.live.pace import Pace
from service.live.protocol import POLICY, TRY_AGAIN, Beat, Restart, Welcome, changes_frame, message_frame
from service.live.ring import Ring
from service.live.subscription import Subscription, Whereabouts, last_values, select
from service.live.wire import write_all

URGENT = frozenset({"warning", "alarm"})
"""Kinds that do not wait for the next bundle."""

MOST_PENDING = 5_000

LookUpAll = Callable[[Collection[str]], Awaitable[Mapping[str, Visitor]]]
"""The visitors of sessions, by session id, as they are now; a session that is over is missing."""

_log = structlog.get_logger()


@dataclass(slots=True)
class Counted:
    """Since the start. `lagged` counts connections that became too slow, `restarts` clients told to start over."""

    frames: int = 0
    bytes: int = 0
    flushes: int = 0
    changes: int = 0
    lagged: int = 0
    restarts: int = 0


class Hub:
    """Run `run()` for as long as the service lives. Everything else is called from the same event loop."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        mode: str = "ACTUAL",
        version: str = "",
        every: float = 1.0,
        beat_every: float = 5.0,
        ring_lines: int = 20_000,
        urgent: frozenset[str] = URGENT,
    ) -> None:
        self.mode, self.version = mode, version
        self.cursor = 0
        """Everything up to this sequence number has been sent to all who are in a group."""
        self.cursor_read = 0
        self.ring = Ring(lines=ring_lines)
        self.groups: dict[Subscription, set[Connection]] = {}
        self.counted = Counted()
        self.ready = asyncio.Event()
        """Set once the log has been read up to where it was at the start."""
        self._clock, self._urgent, self._beat_every = clock, urgent, beat_every
        self._ring_lines = ring_lines
        self._follower = Follower(database, self, every=every)
        self._catch_up = CatchUp(database, self)
        self._connections: set[Connection] = set()
        self._whereabouts = Whereabouts()
        self._pending: list[Logged] = []
        self._timer: asyncio.TimerHandle | None = None
        self._pace = Pace()
        self.started = False
        self._target = 0
        self._rechecking = asyncio.Lock()

    async def run(self) -> None:
        """Follow the log, beat and bring up to date, until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follower.run(), name="live follower")
                tasks.create_task(self._catch_up.run(), name="live catch-up")
                tasks.create_task(self._beats(), name="live beats")
        finally:
            if self._timer is not None:
                self._timer.cancel()

    # Asked by the rest of the service

    def counters(self) -> dict[str, float]:
        """For the metrics, by name: what there is now and what was counted since the start."""
        return {
            "connections": len(self._connections),
            "groups": len(self.groups),
            "behind": len(self._catch_up.behind),
            "cursor": self.cursor,
            "window_seconds": self._pace.window,
            "follower_lag_seconds": time.monotonic() - self._follower.read_at,
            "outages": self._follower.outages,
            "resyncs": self._catch_up.resyncs,
            "cut_off": self._catch_up.cut_off,
            **asdict(self.counted),
        }

    @property
    def following(self) -> bool:
        """Whether the log can be read at the moment."""
        return self._follower.following

    def clock_changed(self) -> None:
        """The exercise clock was set, paused or sped up: everybody hears of it at once."""
        self.beat()

    def revoke(self, session_id: str) -> int:
        """Close every socket of a session; it gets nothing more from this moment on. The number of sockets."""
        theirs = [c for c in self._connections if c.session_id == session_id]
        for connection in theirs:
            self._withdraw(connection)
            connection.end(POLICY, "the session has ended")
        return len(theirs)

    async def recheck(self, look_up: LookUpAll) -> int:
        """Look every session up again: close the sockets of those that are over, and have those whose rooms have
        changed start over with a fresh picture. The number of sockets concerned. Raises what `look_up` raises."""
        async with self._rechecking:  # an older answer must not overtake a newer one
            asked = {c.session_id for c in self._connections if c.session_id}
            if not asked:
                return 0
            concerned = 0
            found = await look_up(asked)
            for connection in list(self._connections):
                if connection.session_id not in asked or not connection.open:
                    continue
                visitor = found.get(connection.session_id)
                if visitor is None:
                    self._withdraw(connection)
                    connection.end(POLICY, "the session has ended")
                    concerned += 1
                elif visitor.rooms != connection.rooms:
                    connection.rooms = visitor.rooms
                    concerned += 1
                    if connection.subscription is not None:
                        self.restart(connection, "the rooms you may see have changed")
            return concerned

    def restart_all(self, reason: str) -> None:
        """Everybody fetches a fresh picture: the log no longer leads from theirs to the present one."""
        for connection in list(self._connections):
            if connection.subscription is not None:
                self.restart(connection, reason)

    # Asked by the endpoint

    def connect(self, connection: Connection) -> None:
        self._connections.add(connection)

    def leave(self, connection: Connection) -> None:
        self._withdraw(connection)
        self._connections.discard(connection)
        connection.release()

    def follow(self, connection: Connection, subscription: Subscription, since: int) -> None:
        """Start a subscription, or replace it. What the client missed comes first, then what happens."""
        if not connection.open:
            return
        self._withdraw(connection)
        connection.subscription, connection.cursor = subscription, since
        now, speed = self._clock.now(), self._clock.speed
        connection.send(message_frame(Welcome(since, now, speed, self.mode, self.version)))
        self._catch_up.add(connection)

    def answer(self, connection: Connection) -> None:
        """The beat that a ping asks for."""
        connection.send(self._beat_frame(self.cursor if connection.synced else connection.cursor))

    # Asked by the catch-up

    def enter(self, connection: Connection) -> None:
        """The connection has everything up to `cursor`."""
        assert connection.subscription is not None
        connection.synced, connection.stuck_since = True, None
        self.groups.setdefault(connection.subscription, set()).add(connection)

    def restart(self, connection: Connection, reason: str) -> None:
        """The client needs a fresh picture; it gets nothing until it follows again."""
        self._withdraw(connection)
        if not connection.send(message_frame(Restart(reason))):
            connection.end(TRY_AGAIN, reason)
        self.counted.restarts += 1

    def sent(self, frames: bytes, receivers: int = 1) -> None:
        self.counted.frames += receivers
        self.counted.bytes += len(frames) * receivers

    # Told by the follower

    def begin(self, bounds: LogBounds) -> None:
        if self.started and bounds.holds(self.cursor_read):
            return
        again, self.started = self.started, True
        floor = max(bounds.oldest - 1, bounds.newest - self._ring_lines * 3 // 4, 0)
        self._pending.clear()
        self._whereabouts.forget()
        self.ring.restart(floor)
        self.cursor = self.cursor_read = floor
        self._target = bounds.newest
        if again:
            _log.warning("log replaced, all start over", oldest=bounds.oldest, newest=bounds.newest)
            self.restart_all("the log was replaced")

    async def take(self, page: list[Logged]) -> None:
        if page:
            self.cursor_read = page[-1].seq
            self._pending.extend(page)
            wait = self._pace.wait(time.monotonic())
            urgent = any(line.kind in self._urgent for line in page)
            if wait == 0 or urgent or len(self._pending) >= MOST_PENDING or not self._connections:
                self.flush()
            elif self._timer is None:
                self._timer = asyncio.get_running_loop().call_later(wait, self.flush)
        if not self.ready.is_set() and self.cursor_read >= self._target:
            self.ready.set()
            self.beat()
        if page:
            await asyncio.sleep(min(self._pace.window / 3, 0.03))

    def turned(self, following: bool) -> None:
        """The log was lost or found again: everybody hears of it at once."""
        self.beat()

    # Sending

    def flush(self) -> None:
        """Send what is pending to every group."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        lines, self._pending = self._pending, []
        if not lines:
            return
        loop = asyncio.get_running_loop()
        started = time.thread_time()
        previous, self.cursor = self.cursor, lines[-1].seq
        before = self._whereabouts.move(lines)
        self.ring.extend(lines)
        self._catch_up.forget_prepared()
        last = last_values(lines)
        for subscription, members in list(self.groups.items()):
            self._send(subscription, members, last, before, previous)
        self.counted.flushes += 1
        self.counted.changes += len(lines)
        self._pace.flushed(time.monotonic())
        # uvloop writes at the end of this turn of the loop; only the next turn knows what that cost.
        loop.call_soon(lambda: self._pace.cost(time.thread_time() - started))

    def _send(
        self,
        subscription: Subscription,
        members: set[Connection],
        last: list[Logged],
        before: dict[str, Bbox | None],
        previous: int,
    ) -> None:
        chosen = select(last, subscription, before)
        if not chosen:
            return
        frames = changes_frame(chosen, self.cursor)
        stuck = write_all(frames, members)
        self.sent(frames, len(members) - len(stuck))
        for connection in stuck:
            self._fall_behind(connection, previous)

    def _fall_behind(self, connection: Connection, cursor: int) -> None:
        self._withdraw(connection)
        connection.cursor = cursor
        connection.stuck_since = time.monotonic()
        self.counted.lagged += 1
        self._catch_up.add(connection)

    def _withdraw(self, connection: Connection) -> None:
        """Out of its group or out of the catch-up; its `cursor` says from now on how far it is."""
        if connection.synced and connection.subscription is not None:
            connection.synced, connection.cursor = False, self.cursor
            members = self.groups.get(connection.subscription)
            if members is not None:
                members.discard(connection)
                if not members:
                    del self.groups[connection.subscription]
        self._catch_up.discard(connection)

    # Beats

    async def _beats(self) -> None:
        while True:
            await asyncio.sleep(self._beat_every)
            self.beat()

    def beat(self) -> None:
        frame = self._beat_frame(self.cursor)
        for members in list(self.groups.values()):
            stuck = write_all(frame, members)
            for connection in stuck:
                self._fall_behind(connection, self.cursor)
        for connection in self._connections:
            if not connection.synced and connection.subscription is not None:
                connection.send(self._beat_frame(connection.cursor))

    def _beat_frame(self, cursor: int) -> bytes:
        now = self._clock.now()
        unread = timedelta(seconds=time.monotonic() - self._follower.read_at)
        return message_frame(Beat(cursor, now, self._clock.speed, self.mode, now - unread, self._follower.following))
