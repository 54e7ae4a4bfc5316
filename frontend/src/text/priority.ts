/** The words of Ressourcenpriorisierung. */
const count = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;
const minutes = (n: number) => `${n} min`;

export const de = {
  tab: 'Priorisierung', title: 'Ressourcenpriorisierung', signIn: 'Sieht, wer angemeldet ist.', noIncident: 'Erst eine Lage wählen.',
  none: 'Noch kein Vorschlag.', noneHow: 'Bedarf wählen und vorschlagen lassen: wer wohin, mit Begründung. Alarmiert wird damit niemand.', mayNot: 'Vorschläge rechnet und entscheidet, wer im Stab führt (Leitung, LdS, KGS, S1 bis S4).',
  fresh: 'Neuer Vorschlag', again: 'Neu rechnen, möglichst wenig ändern', choose: 'Bedarf wählen', needs: 'Bedarf', compute: 'Vorschlagen', cancel: 'Abbrechen', close: 'Schließen', which: 'Vorschlag', proposal: (n: number, when: string) => `Vorschlag ${n}, ${when}`,
  capability: 'Was gebraucht wird', quantity: 'Anzahl', assumed: 'angenommen', take: (what: string) => `${what} mitrechnen`, fromRequest: 'Anforderung', noneOpen: 'Keine offene Schadensstelle und keine offene Anforderung mit Fähigkeit.',
  states: { COMPUTING: 'wird gerechnet', PROPOSED: 'Vorschlag', FAILED: 'gescheitert', CANCELLED: 'abgebrochen' } as Record<string, string>, stage: (at: number, of: number) => `Schritt ${at} von ${of}`,
  solved: (seconds: string) => `Bester Plan, in ${seconds} s bewiesen.`, gap: (share: string) => `Zeit war um: der beste gefundene Plan, höchstens ${share} % vom besten möglichen entfernt.`, greedy: 'So gut wie „der Nächste zuerst“ oder besser.',
  travel: { LINE: 'Fahrzeiten aus Luftlinie mal Umwegfaktor', GRAPH: 'Fahrzeiten über das Straßennetz', MIXED: 'Fahrzeiten teils Straßennetz, teils Luftlinie' } as Record<string, string>, asOf: (when: string) => `Stand ${when}`, blocked: (n: number) => `${count(n, 'Straßenstück', 'Straßenstücke')} gesperrt`,
  staleSome: (resources: number, needs: number) => `Seitdem geändert: ${count(resources, 'Einsatzmittel', 'Einsatzmittel')}, ${count(needs, 'Bedarf', 'Bedarfe')}. Neu rechnen?`,
  changes: (kept: number, moved: number, dropped: number, added: number) => `Gegen den Plan davor: ${kept} gleich, ${moved} umgesetzt, ${dropped} entfallen, ${added} neu`,
  ranks: { LIFE_SAVING: 'Menschenleben', P1: 'P1', P2: 'P2', P3: 'P3', P4: 'P4', COST: 'Anfahrt', TIE: 'Gleichstand' } as Record<string, string>,
  people: (n: number) => count(n, 'Mensch gefährdet', 'Menschen gefährdet'), critical: 'KRITIS', latest: (n: number) => `in ${minutes(n)} nötig`, helped: (n: number) => `${n} schon da`, wants: (n: number) => `${n} ×`,
  nobody: 'niemand', openPlace: 'bleibt offen', unseen: (short: string) => `Einsatzmittel …${short} (Bestand für Sie nicht sichtbar)`, arrives: (n: number) => `${minutes(n)} Anfahrt`, fixed: 'festgelegt', kept: 'wie im Plan davor', line: (n: number) => `Zeile ${n}`,
  why: 'Warum', beats: 'Statt', elsewhere: 'Anderswo', flips: 'Kippt, wenn', whyNot: 'Warum nicht', lose: (rank: string, by: number) => `schlechter bei ${rank} um ${by} Punkte`, slower: (by: number) => `${by} Punkte mehr Anfahrt und Aufwand`, tie: 'gleich gut',
  rival: {
    IDLE: (who: string, min: number) => `${who} (frei, ${min} min)`, SWAP: (who: string, min: number, need: string) => `${who} (${min} min) im Tausch mit ${need}`, ROBBED: (who: string, min: number, need: string) => `${who} (${min} min); dann fehlte es bei ${need}`, REFILLED: (who: string, min: number, need: string) => `${who} (${min} min); bei ${need} rückte jemand nach`,
  } as Record<string, (who: string, min: number, need: string) => string>,
  use: { OPEN: (need: string) => `bei ${need}; hier bliebe es leer`, REFILLED: (need: string) => `bei ${need}; hier rückte jemand nach`, SWAP: (need: string) => `im Tausch mit ${need}`, ROBBED: (need: string) => `bei ${need}; hier bliebe es leer` } as Record<string, (need: string) => string>,
  noRival: 'Niemand sonst kann hin.', noUse: 'Kein anderer Bedarf braucht, was es kann und erreicht.', lockedWhy: 'Ein Mensch hat das festgelegt.',
  flip: {
    TRAVEL: (n: number, who: string) => `die Anfahrt ${n} min länger wird: dann ${who}`, GONE: (n: number, why: string) => `die Anfahrt ${n} min länger wird: dann fällt es aus (${why})`, PEOPLE: (n: number, need: string) => `bei ${need} ${n} Menschen gefährdet sind`, RANK: (rank: string, need: string) => `${need} auf ${rank} steigt`,
  },
  noFlip: 'Nichts in Reichweite (bis 240 min Anfahrt mehr).',
  hindrance: {
    NONE_CAPABLE: () => 'Kein Einsatzmittel, das Sie sehen, kann das.', ALL_HERE: () => 'Alle, die es können, sind schon hier.', NOT_FREE: (n: number) => `${n} gebunden, ruhend oder außer Dienst`, HELD: (n: number) => `${n} für andere vorgehalten`, CREW: (n: number) => `${n} nicht ausreichend besetzt`, NO_PLACE: (n: number) => `${n} ohne bekannten Ort oder Weg`, FORBIDDEN: (n: number) => `${n} von Hand ausgeschlossen`, NOT_YOURS: (n: number) => `${n} bei anderen: anfordern`, BETTER: (n: number) => `${n} bei Bedarf, der mehr oder gleich viel wiegt`, COVER: (n: number) => `${n} durch Grundschutz gebunden`, WINDOW: (n: number) => `${n} kämen zu spät`, ENDURANCE: (n: number) => `${n} mit zu wenig Ausdauer`,
  } as Record<string, (n: number) => string>,
  nearest: (who: string) => `nächstes: ${who}`, against: (needed: number, there: number) => `${needed} statt höchstens ${there} min`, tooLittle: (needed: number, there: number) => `braucht ${needed}, hat ${there} min`, coverOf: (what: string, ars: string) => `${what} in ${ars}`, at: (need: string) => `bei ${need}`,
  score: (gain: number, delay: number, cost: number) => `Wert ${gain}, Abzug für Anfahrt ${delay}, Aufwand ${cost}`,
  accept: 'Annehmen', override: 'Anders entscheiden', overrideWith: 'Wer stattdessen', reason: 'Begründung', record: 'Entscheidung festhalten', lockIt: 'Festlegen', forbid: 'Ausschließen', unlock: 'Freigeben', withdraw: 'Zurücknehmen', confirm: 'Als Zweite/r bestätigen', refuse: 'Ablehnen', alertIt: 'Jetzt alarmieren', alerted: (who: string) => `${who} alarmiert.`,
  decided: { ACCEPTED: 'angenommen', OVERRIDDEN: 'anders entschieden', AWAITS_SECOND: 'wartet auf zweite Person', REFUSED: 'von zweiter Person abgelehnt' } as Record<string, string>, by: (who: string) => `von ${who}`, secondBy: (who: string) => `bestätigt von ${who}`,
  needsSecond: (cover: string) => `Grundschutz würde unterschritten (${cover}). Das gilt erst, wenn jemand anderes bestätigt.`, yourself: 'Bestätigen muss jemand anderes.', notSent: 'Entschieden ist nicht alarmiert.',
  said: 'Festgehalten.', failed: (why: string) => `Nicht gespeichert: ${why}`, locks: 'Festlegungen', lockKeys: 'Y legt die offene Zeile fest, X schließt aus', history: 'Verlauf', key: 'Zeile festlegen', keyForbid: 'Zeile ausschließen',
  events: { ASKED: 'angefragt', PROPOSED: 'gerechnet', FAILED: 'gescheitert', CANCELLED: 'abgebrochen', ACCEPTED: 'angenommen', OVERRIDDEN: 'anders entschieden', AWAITS_SECOND: 'wartet auf zweite Person', CONFIRMED: 'bestätigt', REFUSED: 'abgelehnt', WITHDRAWN: 'zurückgenommen', LOCKED: 'festgelegt', FORBIDDEN: 'ausgeschlossen', UNLOCKED: 'freigegeben', LOCK_DROPPED: 'Festlegung entfallen (Grundschutz)' } as Record<string, string>,
};

export const en: typeof de = {
  tab: 'Priorities', title: 'Resource prioritisation', signIn: 'Sign in to see it.', noIncident: 'Choose an incident first.',
  none: 'No proposal yet.', noneHow: 'Choose what is needed and have it proposed: who goes where, and why. Nobody is alerted by that.', mayNot: 'Proposals are made and decided by those who lead in the staff (head, LdS, KGS, S1 to S4).',
  fresh: 'New proposal', again: 'Compute again, change little', choose: 'Choose needs', needs: 'Needs', compute: 'Propose', cancel: 'Cancel', close: 'Close', which: 'Proposal', proposal: (n, when) => `Proposal ${n}, ${when}`,
  capability: 'What is needed', quantity: 'How many', assumed: 'assumed', take: (what) => `Weigh ${what}`, fromRequest: 'Request', noneOpen: 'No open damage site and no open request for a capability.',
  states: { COMPUTING: 'computing', PROPOSED: 'proposed', FAILED: 'failed', CANCELLED: 'cancelled' }, stage: (at, of) => `step ${at} of ${of}`,
  solved: (seconds) => `Best plan, proven in ${seconds} s.`, gap: (share) => `Out of time: the best plan found, at most ${share} % from the best possible.`, greedy: 'As good as “nearest first”, or better.',
  travel: { LINE: 'Travel times from straight line times detour', GRAPH: 'Travel times over the road network', MIXED: 'Travel times partly by road, partly by straight line' }, asOf: (when) => `as of ${when}`, blocked: (n) => `${count(n, 'road segment', 'road segments')} closed`,
  staleSome: (resources, needs) => `Changed since: ${count(resources, 'resource', 'resources')}, ${count(needs, 'need', 'needs')}. Compute again?`,
  changes: (kept, moved, dropped, added) => `Against the plan before: ${kept} same, ${moved} moved, ${dropped} dropped, ${added} new`,
  ranks: { LIFE_SAVING: 'lives', P1: 'P1', P2: 'P2', P3: 'P3', P4: 'P4', COST: 'travel', TIE: 'tie' },
  people: (n) => count(n, 'person at risk', 'people at risk'), critical: 'critical infrastructure', latest: (n) => `needed in ${minutes(n)}`, helped: (n) => `${n} there already`, wants: (n) => `${n} ×`,
  nobody: 'nobody', openPlace: 'stays open', unseen: (short) => `resource …${short} (stock you may not see)`, arrives: (n) => `${minutes(n)} travel`, fixed: 'fixed', kept: 'as in the plan before', line: (n) => `Line ${n}`,
  why: 'Why', beats: 'Instead of', elsewhere: 'Elsewhere', flips: 'Changes if', whyNot: 'Why not', lose: (rank, by) => `worse at ${rank} by ${by} points`, slower: (by) => `${by} points more travel and effort`, tie: 'as good',
  rival: {
    IDLE: (who, min) => `${who} (free, ${min} min)`, SWAP: (who, min, need) => `${who} (${min} min) swapped with ${need}`, ROBBED: (who, min, need) => `${who} (${min} min); ${need} would lack it`, REFILLED: (who, min, need) => `${who} (${min} min); somebody would follow at ${need}`,
  },
  use: { OPEN: (need) => `at ${need}; this place would stay empty`, REFILLED: (need) => `at ${need}; somebody would follow here`, SWAP: (need) => `swapped with ${need}`, ROBBED: (need) => `at ${need}; this place would stay empty` },
  noRival: 'Nobody else can go.', noUse: 'No other need asks for what it can do and reach.', lockedWhy: 'A human fixed this.',
  flip: {
    TRAVEL: (n, who) => `the way takes ${n} min longer: then ${who}`, GONE: (n, why) => `the way takes ${n} min longer: then it drops out (${why})`, PEOPLE: (n, need) => `${n} people are at risk at ${need}`, RANK: (rank, need) => `${need} rises to ${rank}`,
  },
  noFlip: 'Nothing within reach (up to 240 min more travel).',
  hindrance: {
    NONE_CAPABLE: () => 'No resource that you see can do it.', ALL_HERE: () => 'All that can do it are here already.', NOT_FREE: (n) => `${n} bound, resting or out of service`, HELD: (n) => `${n} held for others`, CREW: (n) => `${n} without enough crew`, NO_PLACE: (n) => `${n} without a known place or way`, FORBIDDEN: (n) => `${n} excluded by hand`, NOT_YOURS: (n) => `${n} with others: request them`, BETTER: (n) => `${n} at needs that weigh more, or as much`, COVER: (n) => `${n} bound by basic cover`, WINDOW: (n) => `${n} would come too late`, ENDURANCE: (n) => `${n} without enough endurance`,
  },
  nearest: (who) => `nearest: ${who}`, against: (needed, there) => `${needed} instead of at most ${there} min`, tooLittle: (needed, there) => `needs ${needed}, has ${there} min`, coverOf: (what, ars) => `${what} in ${ars}`, at: (need) => `at ${need}`,
  score: (gain, delay, cost) => `worth ${gain}, less ${delay} for travel, effort ${cost}`,
  accept: 'Accept', override: 'Decide otherwise', overrideWith: 'Who instead', reason: 'Reason', record: 'Record decision', lockIt: 'Fix', forbid: 'Exclude', unlock: 'Free', withdraw: 'Withdraw', confirm: 'Confirm as second person', refuse: 'Refuse', alertIt: 'Alert now', alerted: (who) => `${who} alerted.`,
  decided: { ACCEPTED: 'accepted', OVERRIDDEN: 'decided otherwise', AWAITS_SECOND: 'awaits second person', REFUSED: 'refused by second person' }, by: (who) => `by ${who}`, secondBy: (who) => `confirmed by ${who}`,
  needsSecond: (cover) => `Basic cover would go below its minimum (${cover}). This counts only once somebody else confirms.`, yourself: 'Somebody else must confirm.', notSent: 'Decided is not alerted.',
  said: 'Recorded.', failed: (why) => `Not saved: ${why}`, locks: 'Fixed by hand', lockKeys: 'Y fixes the open line, X excludes', history: 'Course', key: 'Fix the line', keyForbid: 'Exclude the line',
  events: { ASKED: 'asked for', PROPOSED: 'computed', FAILED: 'failed', CANCELLED: 'cancelled', ACCEPTED: 'accepted', OVERRIDDEN: 'decided otherwise', AWAITS_SECOND: 'awaits second person', CONFIRMED: 'confirmed', REFUSED: 'refused', WITHDRAWN: 'withdrawn', LOCKED: 'fixed', FORBIDDEN: 'excluded', UNLOCKED: 'freed', LOCK_DROPPED: 'fixing dropped (basic cover)' },
};
