"""Why, for every line: what it beats, what would change it, and for an empty place why nobody could."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from geodata.model.allocation import RANKS, Block, Candidate, Need
from geodata.model.proposal import Beaten, Flip, Hindrance, Line
from service.priority import objective
from service.priority.exchanges import Exchanges, Move, raised
from service.priority.fitting import Board
from service.priority.objective import NOTHING, Score

LONGEST = 240
"""Minutes more than which nobody asks about."""
UNNAMED = frozenset({Block.NOT_YOURS})


def explain(board: Board, serves: Mapping[str, str]) -> tuple[Line, ...]:
    """Lines in the order of ranks, stakes and travel; each place that stays empty is a line of its own."""
    exchanges = Exchanges(board, serves)
    lines: list[Line] = []
    for need in sorted(board.problem.needs, key=lambda n: (RANKS.index(n.rank), -objective.harm(n), n.id)):
        crew = sorted(exchanges.crews.get(need.id, ()), key=lambda r: (board.minutes(need.id, r) or 0, r))
        hindrances = tuple(_hindrances(board, exchanges, need)) if len(crew) < need.quantity else ()
        for unit, resource in enumerate(crew):
            lines.append(_line(board, exchanges, need, resource, len(lines) + 1, unit))
        for _ in range(need.quantity - len(crew)):
            lines.append(Line(len(lines) + 1, need.id, hindrances=hindrances))
    return tuple(lines)


def _line(board: Board, exchanges: Exchanges, need: Need, resource: str, number: int, unit: int) -> Line:
    candidate, minutes = board.candidates[resource], board.minutes(need.id, resource)
    worths = objective.units(need)
    fixed = resource in board.fixed
    rival = None if fixed else _best(exchanges.rivals(need.id, resource))
    use = None if fixed else _best(exchanges.uses(need.id, resource))
    return Line(
        number,
        need.id,
        resource,
        minutes,
        fixed=fixed,
        kept=board.problem.previous.get(resource) == need.id,
        gain=worths[min(unit, len(worths) - 1)],
        delay=board.delay(need.id, resource),
        cost=board.cost(need.id, resource),
        short=round(objective.SHORT * (1 - objective.effect(need, candidate, minutes or 0))),
        versatile=objective.VERSATILE * len((candidate.capabilities & board.asked) - {need.capability}),
        rival=_beaten(board, rival, need.id) if rival else None,
        elsewhere=_beaten(board, use, None, resource) if use else None,
        flips=() if fixed else tuple(_flips(board, exchanges, need, resource, rival, use)),
        hindrances=() if fixed or rival else tuple(_hindrances(board, exchanges, need)),
    )


def _best(moves: Iterator[Move]) -> Move | None:
    return max(moves, key=lambda m: (m.change, m.how, m.resource or "", m.need or ""), default=None)


def _beaten(board: Board, move: Move, need: str | None, resource: str | None = None) -> Beaten:
    decides, by = decided(move.change)
    minutes = board.minutes(need or move.need or "", resource or move.resource or "")
    return Beaten(move.how, decides, by, move.resource, move.need, minutes)


def decided(change: Score) -> tuple[str, int]:
    """The first term in which the other way is worse, and by how much; TIE if in none."""
    for name, value in zip([*RANKS, "COST"], change, strict=True):
        if value:
            return str(name), -value
    return "TIE", 0


def _flips(
    board: Board, exchanges: Exchanges, need: Need, resource: str, rival: Move | None, use: Move | None
) -> Iterator[Flip]:
    best = max((m for m in (rival, use) if m), key=lambda m: m.change, default=None)
    yield from _longer(board, exchanges, need, resource, best)
    if use is None or use.need is None or use.change >= NOTHING:
        return
    other = exchanges.needs[use.need]

    def wins(changed: Need) -> bool:
        found = _best(exchanges.what_if(changed).uses(need.id, resource, only=other.id))
        return found is not None and found.change > NOTHING

    if other.rank is need.rank and other.people < objective.MOST_PEOPLE:
        people = _least(other.people + 1, objective.MOST_PEOPLE, lambda n: wins(raised(other, people=n)))
        if people is not None:
            yield Flip("PEOPLE", people, need=other.id)
    for rank in reversed(RANKS[: RANKS.index(other.rank)]):
        if wins(raised(other, rank=rank)):
            yield Flip("RANK", rank=rank.value, need=other.id)
            break


def _longer(board: Board, exchanges: Exchanges, need: Need, resource: str, best: Move | None) -> Iterator[Flip]:
    """At most so many minutes more, and another plan is better or the resource drops out."""
    minutes = board.minutes(need.id, resource) or 0
    candidate: Candidate = board.candidates[resource]

    def blocked(more: int) -> Block | None:
        return board.block(need, candidate, minutes + more)

    def worse(more: int) -> bool:
        return best is not None and best.change > exchanges.longer(need.id, resource, more)

    found = _least(1, LONGEST, lambda more: blocked(more) is not None or worse(more))
    if found is None:
        return
    out = None if worse(found) else blocked(found)
    heir = None if best is None else best.resource or best.other
    yield Flip("TRAVEL", found, resource=heir, blocked=out.value if out else None)


def _least(low: int, high: int, holds: object) -> int | None:
    """The least whole number from which on it holds; None if it does not even hold at `high`."""
    assert callable(holds)
    if not holds(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def _hindrances(board: Board, exchanges: Exchanges, need: Need) -> Iterator[Hindrance]:
    """Every capable resource that does not serve this need is counted under one reason."""
    found: dict[str, list[tuple[int, str]]] = {}
    for candidate in board.problem.candidates:
        if need.capability not in candidate.capabilities or exchanges.serves.get(candidate.id) == need.id:
            continue
        minutes = board.minutes(need.id, candidate.id)
        block = _why(board, exchanges, need, candidate, minutes)
        found.setdefault(block.value, []).append((10**6 if minutes is None else minutes, candidate.id))
    if not found:
        capable = any(need.capability in candidate.capabilities for candidate in board.problem.candidates)
        yield Hindrance("ALL_HERE" if capable else "NONE_CAPABLE", 0)
    for code in sorted(found):
        nearest, resource = min(found[code])
        if Block(code) in UNNAMED:
            yield Hindrance(code, len(found[code]))
            continue
        yield _detailed(board, exchanges, need, Block(code), len(found[code]), resource, nearest)


def _why(board: Board, exchanges: Exchanges, need: Need, candidate: Candidate, minutes: int | None) -> Block:
    if candidate.id in board.fixed:
        return Block.BETTER
    block = board.block(need, candidate, minutes)
    if block is not None:
        return block
    if candidate.id in exchanges.serves:
        return Block.BETTER
    return Block.COVER


def _detailed(
    board: Board, exchanges: Exchanges, need: Need, block: Block, count: int, resource: str, minutes: int
) -> Hindrance:
    candidate = board.candidates[resource]
    known = minutes if minutes < 10**6 else None
    if block is Block.COVER:
        bound = next(
            g for g in board.groups[resource] if exchanges.leaving.get((g.ars, g.capability), 0) >= board.spare(g)
        )
        return Hindrance(block, count, resource, known, ars=bound.ars, capability=bound.capability)
    if block is Block.WINDOW:
        return Hindrance(block, count, resource, known, needed=known, there=need.latest)
    if block is Block.ENDURANCE:
        wanted = max(minutes, need.earliest) + need.work
        return Hindrance(block, count, resource, known, needed=wanted, there=candidate.endurance)
    if block is Block.BETTER:
        return Hindrance(block, count, resource, known, need=exchanges.serves.get(resource))
    return Hindrance(block, count, resource, known)
