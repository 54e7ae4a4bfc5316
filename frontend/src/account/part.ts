import type { Part } from '../parts';
import Account from './Account.svelte';

export const account: Part = {
  pages: [{ id: 'account', label: (words) => words.admin.account, component: Account, needs: (session) => session.signed_in }],
};
