/** Something the server was asked for: what it said, or why it did not, and acts after which it is asked again. */
import { Failed, send } from '../api/request';

export class Loaded<T> {
  value = $state.raw<T | null>(null);
  problem = $state('');
  /** The field that the server found wrong, if it named one. */
  field = $state<string | null>(null);
  busy = $state(false);
  #path: () => string;

  constructor(path: () => string) {
    this.#path = path;
  }

  async load(): Promise<void> {
    try {
      this.value = await send<T>('GET', this.#path());
      this.problem = '';
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
  }

  /** Does it and asks again; whether it was done. What went wrong stands in `problem`. */
  async act(work: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.problem = '';
    this.field = null;
    try {
      await work();
      await this.load();
      return true;
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
      this.field = error instanceof Failed ? error.field : null;
      return false;
    } finally {
      this.busy = false;
    }
  }
}
