/** The tabs beside the map in the order in which a staff works, in a few groups. G and a group's number open it. */
import type { Tab } from '../view';

export const GROUPS = [
  { id: 'picture', tabs: ['warnings', 'custody', 'gauges', 'features', 'satellite', 'changes'] },
  { id: 'ground', tabs: ['sites', 'sectors', 'facilities', 'zones'] },
  { id: 'staff', tabs: ['incidents', 'staff', 'tasks', 'journal'] },
  { id: 'forces', tabs: ['resources', 'requests', 'priority', 'alarms', 'volunteers'] },
  { id: 'neighbours', tabs: ['partners'] },
  { id: 'running', tabs: ['sources'] },
] as const satisfies readonly { id: string; tabs: readonly Tab[] }[];

export type GroupId = (typeof GROUPS)[number]['id'];

export interface Group {
  id: GroupId;
  /** From 1, whatever other groups there are. */
  number: number;
  tabs: Tab[];
}

/** So many tabs are seen at a glance and stand side by side. */
const AT_A_GLANCE = 10;

/** These tabs in a staff's order. */
export function inOrder(tabs: Iterable<Tab>): Tab[] {
  const there = new Set(tabs);
  return GROUPS.flatMap((group): readonly Tab[] => group.tabs).filter((tab) => there.has(tab));
}

/** The groups in which these tabs stand; none where they are few. */
export function grouped(tabs: readonly Tab[]): Group[] {
  return tabs.length > AT_A_GLANCE ? groupsOf(tabs) : [];
}

/** The groups that hold any of these tabs. */
export function groupsOf(tabs: readonly Tab[]): Group[] {
  return GROUPS.map(({ id, tabs: own }, index) => ({ id, number: index + 1, tabs: tabs.filter((tab) => (own as readonly Tab[]).includes(tab)) })).filter((group) => group.tabs.length);
}
