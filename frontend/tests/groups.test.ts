import { describe, expect, it } from 'vitest';
import { GROUPS, grouped, groupsOf, inOrder } from '../src/list/groups';
import { TABS, type Tab } from '../src/view';

const placed = GROUPS.flatMap((group): readonly Tab[] => group.tabs);

describe('groups of tabs', () => {
  it('place every tab once', () => expect([...placed].sort()).toEqual(TABS.filter((tab) => tab !== 'views').sort()));
  it('put tabs into the order of a staff', () => expect(inOrder(['sources', 'tasks', 'warnings'])).toEqual(['warnings', 'tasks', 'sources']));
  it('are none where the tabs are seen at a glance', () => expect(grouped(placed.slice(0, 10))).toEqual([]));
  it('keep their number when others are empty', () => expect(groupsOf(['sources', 'gauges']).map(({ number, tabs }) => [number, tabs])).toEqual([[1, ['gauges']], [6, ['sources']]]));
  it('keep the order that a task view gives', () => expect(groupsOf(['zones', 'sites'])[0]!.tabs).toEqual(['zones', 'sites']));
});
