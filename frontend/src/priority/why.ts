/** Structured reasons as sentences; every code and number comes from the server. */
import { capabilityName } from '../resources/catalogue.svelte';
import { text } from '../text/index.svelte';
import { nameOf, titleOf } from './here.svelte';
import type { Beaten, Flip, Hindrance, Line, Proposal } from './types';

function weighed({ decides, by }: Beaten): string {
  const words = text().priority;
  if (decides === 'TIE') return words.tie;
  return decides === 'COST' ? words.slower(by) : words.lose(words.ranks[decides] ?? decides, by);
}

export function rivalOf(proposal: Proposal, line: Line): string {
  const words = text().priority;
  const { rival } = line;
  if (line.fixed) return words.lockedWhy;
  if (!rival) return words.noRival;
  return `${words.rival[rival.how]?.(nameOf(rival.resource), rival.minutes ?? 0, titleOf(proposal, rival.need)) ?? rival.how}: ${weighed(rival)}`;
}

export function useOf(proposal: Proposal, line: Line): string {
  const words = text().priority;
  const { elsewhere } = line;
  if (line.fixed) return words.lockedWhy;
  if (!elsewhere) return words.noUse;
  return `${words.use[elsewhere.how]?.(titleOf(proposal, elsewhere.need)) ?? elsewhere.how}: ${weighed(elsewhere)}`;
}

export function flipOf(proposal: Proposal, flip: Flip): string {
  const words = text().priority;
  const need = titleOf(proposal, flip.need);
  if (flip.what === 'PEOPLE') return words.flip.PEOPLE(flip.value ?? 0, need);
  if (flip.what === 'RANK') return words.flip.RANK(words.ranks[flip.rank ?? ''] ?? '', need);
  if (flip.blocked) return words.flip.GONE(flip.value ?? 0, hindered(flip.blocked, 1));
  return words.flip.TRAVEL(flip.value ?? 0, nameOf(flip.resource));
}

function hindered(code: string, count: number): string {
  return text().priority.hindrance[code]?.(count) ?? code;
}

export function hindranceOf(proposal: Proposal, hindrance: Hindrance): string {
  const words = text().priority;
  const { code, count, resource, needed, there, need, ars, capability } = hindrance;
  const more: string[] = [];
  if (ars && capability) more.push(words.coverOf(capabilityName(capability), ars));
  if (resource) more.push(words.nearest(nameOf(resource)));
  if (need) more.push(words.at(titleOf(proposal, need)));
  if (needed !== undefined && there !== undefined) more.push(code === 'ENDURANCE' ? words.tooLittle(needed, there) : words.against(needed, there));
  return `${hindered(code, count)}${more.length ? ` (${more.join('; ')})` : ''}`;
}
