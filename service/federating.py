"""All that speaks with neighbouring nodes, built for `service/app.py`: keys, streams, loops and routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any

import structlog
from fastapi import APIRouter

from geodata.model.clock import Clock, WallClock
from geodata.model.incident import IncidentMode
from geodata.store.database import Database
from service.access.limits import Limits
from service.access.sessions import Sessions
from service.alarms.calling import Calling
from service.background import Background, every
from service.federation.identity.document import Myself
from service.federation.identity.keys import NodeKeys
from service.federation.islands.building import SWEEP_EVERY, Islands
from service.federation.logbook import Logbook
from service.federation.peers import address_routes, learning, rotation
from service.federation.peers import doors as peer_doors
from service.federation.peers import routes as peer_routes
from service.federation.peers.address_book import AddressBooks
from service.federation.peers.door import Door
from service.federation.peers.handshake import Handshake
from service.federation.peers.keeping import Keeping
from service.federation.peers.learning import Learning
from service.federation.peers.peer import Peer
from service.federation.peers.reaching import Reaching
from service.federation.procedures import building as procedures
from service.federation.procedures.leaving.office import Leaving
from service.federation.procedures.requests import follower as requests
from service.federation.procedures.requests import routes as request_routes
from service.federation.procedures.requests.showing import Showing
from service.federation.receiving import routes as receiving
from service.federation.receiving.inbox import Inbox, Misdirected
from service.federation.receiving.limits import Limits as PartnerLimits
from service.federation.sending import routes as sending
from service.federation.sending.readings import Readings
from service.federation.sending.sender import Sender
from service.federation.sending.stream import Streams
from service.federation.sending.token import told_as
from service.federation.sharing import routes as sharing_routes
from service.federation.sharing.agreements import Agreements
from service.federation.sharing.conditions import Conditions
from service.federation.wire import schema
from service.federation.wire.client import PeerClient
from service.federation.wire.envelope import Envelope
from service.requests.office import Office as RequestOffice
from service.settings import Settings

log = structlog.get_logger()


def public_url(settings: Settings) -> str:
    """Under which partners reach us."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    named = settings.federation.public_url or settings.alerting.public_url
    return (named or f"http://{host}:{settings.port}").rstrip("/")


def myself_of(settings: Settings, keys: NodeKeys) -> Myself:
    own = settings.federation
    return Myself(
        keys, origin=settings.origin, name=own.name or settings.title, level=own.level, mode=settings.mode.value,
        url=public_url(settings), ars=own.ars, software=f"Lagebild {version('lagebild')}",
        addresses=tuple(address.rstrip("/") for address in own.addresses),
    )  # fmt: skip


class Federating:
    """`start` puts its loops into the background; `stop` ends what they hold open."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        sessions: Sessions,
        clock: Clock,
        rights_changed: Callable[[], Awaitable[None]],
        calling: Calling,
    ) -> None:
        self.settings, self.database, self.sessions, self.clock = settings, database, sessions, clock
        self.rights_changed = rights_changed
        own = settings.federation
        self.keys = NodeKeys(settings.data_dir)
        self.name = own.name or settings.title
        self.public_url = public_url(settings)
        self.client = PeerClient(self.keys, own.networks)
        self.reaching = Reaching(self.client)
        self.logbook = Logbook(settings.origin, clock)
        self.door = Door(
            database,
            self.keys,
            WallClock(),
            self.public_url,
            (*own.addresses, *settings.trusted_origins),
            Limits(settings.redis_url),
        )
        self.myself = myself_of(settings, self.keys)
        self.handshake = Handshake(database, self.myself, self.client, WallClock(), self.peer_changed)
        self.announcer = rotation.Announcer(database, self.myself, self.reaching, WallClock(), self.peer_changed)
        keeping = Keeping(database, self.peer_changed, self.logbook.moved)
        self.partners = peer_routes.Partners(
            database,
            self.myself,
            self.handshake,
            keeping,
            Leaving(
                database,
                keeping,
                WallClock(),
                origin=settings.origin,
                woken=self.peer_changed,
                rights_changed=rights_changed,
            ),
            self.announcer,
            self.reaching,
            WallClock(),
            own.greet,
        )
        self.books = AddressBooks(database, self.myself, self.client.networks, WallClock(), self.peer_changed)
        self.learning = Learning(database, self.client)
        self.inbox = Inbox(
            database,
            origin=settings.origin,
            mode=IncidentMode(settings.mode),
            rights_changed=rights_changed,
            logbook=self.logbook,
            limits=PartnerLimits(**own.limits.model_dump()),
        )
        self.streams = Streams(
            database,
            WallClock(),
            origin=settings.origin,
            mode=settings.mode.value,
            compare=own.compare,
            keys=self.keys,
        )
        self.sender = Sender(
            database,
            self.streams,
            self.reaching,
            WallClock(),
            greet=own.greet,
            take=self.take,
        )
        self.inbox.heard, self.inbox.acknowledged = self.sender.heard, self.sender.acknowledged
        self.readings = Readings(self.sender)
        self.islands = Islands(
            database,
            sessions,
            self.keys,
            self.announcer,
            self.reaching,
            self.door,
            self.inbox,
            lambda peer, after, most: self.streams.next_envelope(peer, after, most_bytes=most),
            origin=settings.origin,
            relays=own.relay,
            greet=own.greet.total_seconds(),
        )
        shared: dict[str, Any] = {
            "origin": settings.origin,
            "mode": IncidentMode(settings.mode),
            "levels": settings.legal_levels,
            "woken": self.share_changed,
            "logbook": self.logbook,
        }
        self.conditions = Conditions(database, clock, **shared)
        self.agreements = Agreements(database, clock, self.conditions, **shared)
        self.procedures = procedures.Procedures(
            database,
            sessions,
            clock,
            self.keys,
            origin=settings.origin,
            name=self.name,
            mode=IncidentMode(settings.mode),
            level=own.level,
            ars=own.ars,
            calling=calling,
            levels=settings.legal_levels,
        )
        asked = settings.requests.ageing()
        office = RequestOffice(database, clock, rights_changed, origin=settings.origin, ageing=asked)
        self.requests = requests.Follower(office.desk, office.ageing, clock)
        self.showing = Showing(office.desk)

    def routers(self) -> list[APIRouter]:
        sharing = sharing_routes.routes(self.database, self.sessions, self.agreements, told_as)
        return [
            sharing,
            *self.procedures.routers,
            request_routes.routes(self.showing, self.sessions, self.clock),
            receiving.inbox_routes(self.inbox, self.door, WallClock()),
            receiving.aside_routes(self.database, self.sessions),
            sending.routes(self.streams, self.door),
            *peer_doors.routes(
                self.database,
                self.myself,
                self.handshake,
                self.door,
                WallClock(),
                Limits(self.settings.redis_url),
            ),
            address_routes.routes(self.books, self.sessions),
            peer_routes.routes(self.partners, self.sessions),
            *self.islands.routers,
            schema.routes(),
        ]

    def start(self, background: Background) -> None:
        """Engines that beat are named with `background.engine`."""
        background.start("procedures", lambda: every(procedures.EVERY, self.procedures.turn))
        background.start("requests between nodes", lambda: every(requests.EVERY, self.requests.turn))
        background.start("announcing", lambda: every(rotation.EVERY, self.announcer.look))
        background.start("addresses", lambda: every(learning.EVERY, self.learning.look))
        background.start("sharing", self.conditions.run)
        background.engine("federation", self.sender.alive)
        background.start("federation", self.sender.run)
        greet = self.settings.federation.greet.total_seconds()
        background.start("relays", lambda: every(greet, self.islands.look))
        background.start("parcels", lambda: every(SWEEP_EVERY, self.islands.sweep))

    def share_changed(self, peer: str | None) -> None:
        """What leaves to this partner has changed, or to all."""
        self.sender.wake(peer)

    async def take(self, peer: Peer, envelope: Envelope) -> bool:
        """What a partner gave when it was asked."""
        try:
            return (await self.inbox.receive(peer, envelope, WallClock().now())).applied
        except Misdirected as error:
            log.warning("a partner gave what is not for us", partner=peer.origin, field=error.field, error=str(error))
            return False

    def peer_changed(self, peer: str) -> None:
        """More or less may travel with this partner than before."""
        self.share_changed(peer)

    async def stop(self) -> None:
        """After the loops have ended."""
        await self.client.close()
