"""Jobs run in the background, one after the other: fetch, evaluate, record. A job survives the end of its process: who
finds one that was not heard of for a while goes on with it, and what was fetched is not paid for twice."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from geodata.imagery.credentials import Access
from geodata.imagery.failures import ImageryError, NotConfigured, Throttled
from geodata.imagery.grid import cover
from geodata.model.clock import Clock
from geodata.model.ref import Ref
from geodata.store import extents
from geodata.store.database import Database, StoreError, Transaction
from service.imagery import store
from service.imagery.evaluating import evaluate
from service.imagery.result import extent_of, rasters_of
from service.imagery.rules import KIND, SOURCE, Image, Job, Order, State, Word, fact, order
from service.imagery.threads import apart

if TYPE_CHECKING:  # the library behind it takes a second to load: only once somebody asks for an image
    from geodata.imagery.copernicus import Copernicus, Scene

log = structlog.get_logger()

ACTOR = "imagery"
LOOK_EVERY = 2.0
BEAT_EVERY = 1.0
LEASE = timedelta(seconds=20)
MOST_ATTEMPTS = 4
MOST_WAITS = 10

GetAccess = Callable[[], Access | None]


class Jobs:
    """`access` is asked each time: the exercise's Data Space is somewhere else after each start."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        access: GetAccess,
        *,
        origin: str,
        data_dir: Path,
        lease: timedelta = LEASE,
    ) -> None:
        self._database, self._clock, self._access = database, clock, access
        self._origin, self._lease = origin, lease
        self.data_dir = data_dir
        self.directory = data_dir / "imagery"
        self._client: tuple[Access, Copernicus] | None = None
        self._wake = asyncio.Event()
        self._cancels: dict[str, asyncio.Event] = {}

    @property
    def configured(self) -> bool:
        return self._access() is not None

    def wake(self) -> None:
        """There is something to do."""
        self._wake.set()

    def cancel(self, id: str) -> None:
        """At once, if it runs in this process; another one notices within seconds."""
        if id in self._cancels:
            self._cancels[id].set()

    async def copernicus(self) -> Copernicus:
        """Raises NotConfigured."""
        access = self._access()
        if access is None:
            raise NotConfigured(str(NotConfigured.__doc__))
        if self._client is None or self._client[0] != access:
            self._client = (access, await apart(_copernicus, access))
        return self._client[1]

    async def run(self) -> None:
        """For ever. Raises StoreError: come back later."""
        while True:
            self._wake.clear()
            if not await self.once():
                try:
                    async with asyncio.timeout(LOOK_EVERY):
                        await self._wake.wait()
                except TimeoutError:
                    pass

    async def once(self) -> bool:
        """Do one job, if any waits."""
        async with self._database.transaction(ACTOR) as tx:
            job = await store.claim(tx, self._lease)
            if job is None:
                return False
            if job.attempts > MOST_ATTEMPTS:
                await self._end(tx, job, State.FAILED, code="LOST", said="It was begun several times and never ended.")
                return True
        await self._guarded(job)
        return True

    async def sweep(self, keep: timedelta) -> None:
        """Forget what ended longer ago than this."""
        async with self._database.transaction(ACTOR) as tx:
            gone = await store.forget(tx, keep)
            for id in gone:
                tx.drop(Ref(self._origin, KIND, id))
        for id in gone:
            await asyncio.to_thread(shutil.rmtree, self.directory / id, True)

    async def tell(self, tx: Transaction, job: Job) -> None:
        """Put the job into the picture as it stands."""
        made = await store.rasters(self._database, {job.room}, job=job.id) if job.state is State.DONE else []
        tx.put(fact(job, made, origin=self._origin, at=self._clock.now()))

    async def _guarded(self, job: Job) -> None:
        """The job, under watch: its sign of life, its cancelling, and its end if it fails."""
        cancelled = self._cancels[job.id] = asyncio.Event()
        stop = threading.Event()
        work = asyncio.create_task(self._work(job, stop))
        watch = asyncio.create_task(self._watch(job, cancelled))
        try:
            await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                await self._outcome(job, work)
            elif await watch:
                await _ended(work)
                await self._finish(job, State.CANCELLED)
        except asyncio.CancelledError:  # the node stops: the next one goes on with it
            await _ended(work)
            await store.release(self._database, job)
            raise
        finally:
            stop.set()
            self._cancels.pop(job.id, None)
            for task in (work, watch):
                await _ended(task)

    async def _watch(self, job: Job, cancelled: asyncio.Event) -> bool:
        """Ends when it is to be cancelled (True) or is no longer ours (False)."""
        while True:
            asked = await store.beat(self._database, job)
            if asked is None:
                return False
            if asked or cancelled.is_set():
                return True
            try:
                async with asyncio.timeout(BEAT_EVERY):
                    await cancelled.wait()
            except TimeoutError:
                pass

    async def _outcome(self, job: Job, work: asyncio.Task[None]) -> None:
        try:
            await work
        except ImageryError as error:
            await self._finish(job, State.FAILED, code=error.code, said=" ".join(str(error).split()))
        except StoreError:
            raise
        except Exception as error:
            log.error("imagery job failed", job=job.id, error=repr(error), exc_info=error)
            await self._finish(
                job, State.FAILED, code="INTERNAL", said="Something went wrong here; it has been logged."
            )

    async def _work(self, job: Job, stop: threading.Event) -> None:
        directory = self.directory / job.id
        await asyncio.to_thread(directory.mkdir, parents=True, exist_ok=True)
        wanted = order(job.kind, job.area, job.scene, job.before, job.resolution)
        await self._step(job, Word.SEARCHING, 2)
        scenes = {image.role: await self._patiently(job, 2, self._scene, job, image) for image in wanted.images}
        await self._step(job, Word.SEARCHING, 8)
        share = 52 / len(wanted.images)
        for number, image in enumerate(wanted.images):
            begin = 8 + round(number * share)
            await self._step(job, _FETCHING[image.role], begin)
            await self._patiently(job, begin, self._fetch, job, wanted, image, scenes[image.role], directory, stop)
        await self._step(job, Word.EVALUATING, 62)
        found = await evaluate(directory, _task(job, wanted, scenes))
        await self._step(job, Word.RECORDING, 92)
        await self._record(job, scenes, found, directory)

    async def _scene(self, job: Job, image: Image) -> Scene:
        return await apart((await self.copernicus()).scene, image.scene, job.area)

    async def _fetch(
        self, job: Job, wanted: Order, image: Image, scene: Scene, directory: Path, stop: threading.Event
    ) -> None:
        """One image into its file; not again if it is there from an earlier attempt."""
        file = directory / _file(image)
        if await asyncio.to_thread(file.exists):
            return
        client = await self.copernicus()
        content, spent = await apart(client.fetch, scene, image.bands, wanted.grid, stop=stop)
        await asyncio.to_thread(_keep, file, content)
        cost = spent if spent is not None else wanted.units / len(wanted.images)
        await self._step(job, _FETCHING[image.role], 8 + round(52 / len(wanted.images)), spent=cost)

    async def _patiently(self, job: Job, progress: int, work: Callable[..., Any], *given: Any) -> Any:
        """Again after as long as the Data Space asks for. Raises Throttled when that does not help."""
        for _ in range(MOST_WAITS):
            try:
                return await work(*given)
            except Throttled as error:
                wait = min(error.retry_after or 30.0, 120.0)
            await self._step(job, Word.WAITING, progress)
            await asyncio.sleep(wait)
        return await work(*given)

    async def _step(self, job: Job, word: Word, progress: int, *, spent: float = 0.0) -> None:
        async with self._database.transaction(ACTOR) as tx:
            now = await store.step(tx, job, word, progress, spent=spent)
            if now:
                await self.tell(tx, now)

    async def _record(self, job: Job, scenes: dict[str, Scene], found: dict[str, Any], directory: Path) -> None:
        """Extent, rasters and the job's end in one transaction: all of it is there or nothing."""
        made = rasters_of(job, scenes, found, directory.relative_to(self.data_dir))
        extent = extent_of(job, scenes["AFTER"], found, made, cover(job.area, job.resolution))
        now = self._clock.now()
        async with self._database.transaction(ACTOR) as tx:
            ended = await store.end(tx, job, State.DONE, extent=extent.key if extent else None)
            if ended is None:
                return
            if extent:
                await extents.record(tx, self._origin, [extent], source=SOURCE, received_at=now, room=job.room)
            await store.add_rasters(tx, made)
            tx.put(fact(ended, made, origin=self._origin, at=now))
        log.info("imagery job done", job=job.id, kind=job.kind.value, parts=len(found.get("parts", ())))
        for image in await asyncio.to_thread(lambda: list(directory.glob("fetched-*"))):
            await asyncio.to_thread(image.unlink, True)

    async def _finish(self, job: Job, state: State, *, code: str | None = None, said: str | None = None) -> None:
        async with self._database.transaction(ACTOR) as tx:
            await self._end(tx, job, state, code=code, said=said)
        await asyncio.to_thread(shutil.rmtree, self.directory / job.id, True)

    async def _end(
        self, tx: Transaction, job: Job, state: State, *, code: str | None = None, said: str | None = None
    ) -> None:
        ended = await store.end(tx, job, state, code=code, said=said)
        if ended:
            await self.tell(tx, ended)


_FETCHING = {"BEFORE": Word.FETCHING_BEFORE, "AFTER": Word.FETCHING}


def _copernicus(access: Access) -> Copernicus:
    from geodata.imagery.copernicus import Copernicus

    return Copernicus(access)


def _file(image: Image) -> str:
    return f"fetched-{image.role.lower()}.tif"


def _keep(file: Path, content: bytes) -> None:
    """Whole or not at all, also if the machine loses power."""
    unfinished = file.with_suffix(".part")
    unfinished.write_bytes(content)
    unfinished.replace(file)


def _task(job: Job, wanted: Order, scenes: dict[str, Scene]) -> dict[str, Any]:
    return {
        "kind": job.kind.value,
        "images": {
            image.role: {
                "file": _file(image),
                "bands": image.bands.value,
                "acquired_at": scenes[image.role].acquired_at.isoformat(),
                "sensor": scenes[image.role].sensor.value,
            }
            for image in wanted.images
        },
    }


async def _ended(task: asyncio.Task[Any]) -> None:
    """Cancel it and wait until it is over; how it ended is of no interest."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
