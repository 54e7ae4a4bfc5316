/** An agreement that was asked for elsewhere on the page: the form begins with it. */
export interface Wanted {
  peer: string;
  room: string;
  name: string;
  kinds: string[];
}

export const prefilled = $state<{ wanted: Wanted | null }>({ wanted: null });
