/** The server's time, carried on between its messages. In an exercise it is another time at another speed. */

export class ServerClock {
  #shown = Date.now();
  #since = performance.now();
  #synced = false;
  #past: number | null = null;
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

  /** A past moment stands still in place of the present; null lets the present go on. */
  stand(past: number | null): void {
    this.#past = past;
    this.tick();
  }

  /** The time that is shown this moment, in ms since 1970. */
  read(): number {
    return this.#past ?? this.present();
  }

  /** The server's time this moment, whatever is shown. */
  present(): number {
    return this.#shown + (performance.now() - this.#since) * this.speed;
  }

  tick(): void {
    this.now = this.read();
  }
}
