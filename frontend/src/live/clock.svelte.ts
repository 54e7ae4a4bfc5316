/** The server's time, carried on between its messages. In an exercise it is another time at another speed. */

export class ServerClock {
  #shown = Date.now();
  #since = performance.now();
  #synced = false;
  speed = $state(1);
  /** The server's time at the last tick, in ms; what is drawn reads this, so that all ages move together. */
  now = $state(Date.now());

  get synced(): boolean {
    return this.#synced;
  }

  sync(now: string, speed: number): void {
    const shown = Date.parse(now);
    if (!Number.isFinite(shown)) return;
    this.#shown = shown;
    this.#since = performance.now();
    this.#synced = true;
    this.speed = speed;
    this.tick();
  }

  /** The server's time this moment, in ms since 1970. */
  read(): number {
    return this.#shown + (performance.now() - this.#since) * this.speed;
  }

  tick(): void {
    this.now = this.read();
  }
}
