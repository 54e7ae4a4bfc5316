"""Minutes 15 to 55: damage sites come in and are worked off, tasks go out, journals fill, people disagree."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import cycle

from tests.journeys.exercise import hands, situation
from tests.journeys.exercise.desk import Desk, Thing
from tests.journeys.exercise.stage import Stage

BY_HAND = 2
"""So many of each kind are done by hand where somebody sits before a page."""

ROAD = ("VERIFIED", "QUEUED", "ASSIGNED", "IN_WORK", "DONE", "CONTROLLED")
"""The states of a damage site, in their order, after REPORTED."""

TASK_ROAD = ("ACKNOWLEDGED", "IN_PROGRESS", "REPORTED_DONE")


async def sites(stage: Stage) -> list[Thing]:
    found = (await stage.desk("EINSATZLEITUNG", "S2").things("site")).values()
    return sorted(found, key=lambda thing: thing.body["number"])


async def report_sites(stage: Stage, count: int) -> None:
    """S2 and the SAE report by turns; the numbers run on whoever writes. The first ones come by hand."""
    told = len(await sites(stage))
    desks = cycle([stage.desk("EINSATZLEITUNG", "S2"), stage.desk("SAE", "S3")])
    for index, site in enumerate(situation.sites(told + count)[told:]):
        desk = next(desks)
        if index < BY_HAND and (screen := stage.screens.get(desk.name)):
            stage.took("report a site", await hands.report_site(screen, site))
        else:
            await desk.make(f"/incidents/{stage.incident}/sites", {"fields": site.fields})


async def move_sites(stage: Stage) -> None:
    """Sites get on at different speed, so that soon every state is on the map."""
    s3 = stage.desk("EINSATZLEITUNG", "S3")
    for index, site in enumerate(await sites(stage)):
        state = site.body["state"]
        if state not in ("REPORTED", *ROAD):
            continue
        done = 0 if state == "REPORTED" else ROAD.index(state) + 1
        for step in ROAD[done : max(done, (3 * index + 4) % 7)]:
            await s3.send("POST", f"/sites/{site.id}/state", {"state": step, "reason": "Rückmeldung vom Abschnitt"})


async def merge_duplicate(stage: Stage) -> tuple[str, str]:
    """The same roof was reported twice; one of the two goes into the other, and its history stays."""
    s2 = stage.desk("EINSATZLEITUNG", "S2")
    first = (await sites(stage))[0]
    again = dict(situation.sites(1)[0].fields, title="Menschen auf Dach (zweiter Anruf)", caller="Nachbar")
    double = await s2.make(f"/incidents/{stage.incident}/sites", {"fields": again})
    if screen := stage.screens.get(s2.name):
        await hands.merge(screen, double, first.body["title"])
    else:
        await s2.send("POST", f"/sites/{double}/merge", {"into": first.id})
    return first.id, double


async def disagree(stage: Stage) -> str:
    """S2 and the SAE edit the same site on the same version; the losing value is kept and S2 settles it."""
    s2, sae = stage.desk("EINSATZLEITUNG", "S2"), stage.desk("SAE", "S3")
    site = (await sites(stage))[1]
    await s2.change("sites", site.id, {"priority": "P1", "affected": 80}, base=site.version)
    await sae.change("sites", site.id, {"affected": 64, "caller": "Heimleitung"}, base=site.version)
    both = await sae.thing("site", site.id)
    assert both.body["affected"] == 64 and both.body["caller"] == "Heimleitung" and both.body["priority"] == "P1"
    assert [(c["field"], c["value"]) for c in both.body["conflicts"]] == [("affected", 80)]
    if screen := stage.screens.get(s2.name):
        await hands.settle(screen, site.id)
    else:
        await s2.send("POST", f"/sites/{site.id}/conflicts/0", {"take": True})
    settled = await sae.thing("site", site.id)
    assert settled.body["affected"] == 80 and not settled.body.get("conflicts")
    return site.id


async def speak(stage: Stage, count: int, *, after: int = 0) -> None:
    """The three journals fill by turns; every third entry cites a damage site."""
    shown = await sites(stage)
    writers = cycle([stage.desk("EINSATZLEITUNG", "S2"), stage.desk("KRISENSTAB", "KGS"), stage.desk("SAE", "KGS")])
    for number in range(after, after + count):
        kind, words = situation.spoken(number)
        writer = next(writers)
        if number - after < BY_HAND * 3 and (screen := stage.screens.get(writer.name)):
            stage.took("write an entry", await hands.write_entry(screen, words))
        else:
            cited = {"refs": [shown[number % len(shown)].ref]} if number % 3 == 0 else {}
            await writer.write(kind, words, **cited)


async def correct(stage: Stage) -> None:
    """Nothing is erased: a wrong number is put right by a new entry that points to the old one."""
    for model, seat in (("EINSATZLEITUNG", "S2"), ("KRISENSTAB", "KGS")):
        desk = stage.desk(model, seat)
        wrong = (await desk.ask(f"/journals/{desk.staff}/entries", limit=1))["entries"][0]
        await desk.write("CORRECTION", "Richtig: 450 Betroffene, nicht 400.", corrects=wrong["number"])


async def order(stage: Stage, count: int) -> list[str]:
    """The head of staff gives tasks to the seats; every fifth goes to the SAE, another staff."""
    lds = stage.desk("EINSATZLEITUNG", "LDS")
    shown, made = await sites(stage), []
    for number in range(count):
        title, seat = situation.TASKS[number % len(situation.TASKS)]
        away = number % 5 == 4
        receiver = {"staff": stage.staffs["SAE" if away else "EINSATZLEITUNG"], "function": "S3" if away else seat}
        due = datetime.fromisoformat(stage.at(stage.minute)) + timedelta(minutes=5 if number in (1, 2) else 90)
        fields = {
            "title": f"{title} ({number + 1})", "receiver": receiver, "due_at": due.isoformat(),
            "site": shown[number % len(shown)].id,
        }  # fmt: skip
        task = await lds.make(f"/staffs/{lds.staff}/tasks", {"fields": fields})
        if (await lds.thing("task", task)).body["state"] == "DRAFT":
            await lds.send("POST", f"/tasks/{task}/state", {"state": "ISSUED"})
        made.append(task)
    return made


def receiver(stage: Stage, task: Thing) -> Desk:
    """Who has to answer it; for the empty seat the head of staff does."""
    to = task.body["receiver"]
    model = next(model for model, staff in stage.staffs.items() if staff == to["staff"])
    return stage.desks.get((model, to["function"])) or stage.desk(model, "LDS")


async def answer(stage: Stage, tasks: list[str], *, refuse: int = 0, leave: tuple[int, ...] = (1, 2)) -> None:
    """All tasks are worked off but one, that is refused with a reason, and two, that are forgotten."""
    lds = stage.desk("EINSATZLEITUNG", "LDS")
    for index, id in enumerate(tasks):
        if index in leave:
            continue
        who = receiver(stage, await lds.thing("task", id))
        if index == refuse:
            await who.send("POST", f"/tasks/{id}/state", {"state": "REFUSED", "text": "Kein Boot frei bis 22 Uhr."})
            continue
        for state in TASK_ROAD:
            await who.send("POST", f"/tasks/{id}/state", {"state": state, "text": "Gemeldet über Funk."})
        await lds.send("POST", f"/tasks/{id}/state", {"state": "CONTROLLED", "text": "Vor Ort geprüft."})
