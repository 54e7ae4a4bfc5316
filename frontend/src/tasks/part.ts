/** Orders: list, panel, form, and what is overdue. */
import { openTab } from '../keyboard';
import { store } from '../state.svelte';
import type { Part } from '../parts';
import { newTask, overdueForMe, tasks, who } from './here.svelte';
import Late from './Late.svelte';
import NewTask from './NewTask.svelte';
import { isMine, isOver } from './state';
import TaskList from './TaskList.svelte';
import TaskPanel from './TaskPanel.svelte';
import TasksAbout from './TasksAbout.svelte';

export const orders: Part = {
  tabs: [{
    id: 'tasks',
    label: (words) => words.tasks.tab,
    component: TaskList,
    badge: () => {
      if (!store.loaded) return null;
      const mine = tasks().filter(({ body }) => !isOver(body) && isMine(body, who())).length;
      const late = overdueForMe().length;
      return late ? `${mine} ⚠ ${late}` : mine;
    },
    calls: () => overdueForMe().length,
    needs: ({ signed_in: signedIn }) => signedIn,
  }],
  panels: { task: TaskPanel },
  fresh: { task: NewTask },
  about: TasksAbout,
  strip: Late,
  keys: {
    a: { run: () => newTask(), label: (words) => words.tasks.key },
    'g t': { run: () => openTab('tasks'), label: (words) => words.tasks.tab },
  },
};
