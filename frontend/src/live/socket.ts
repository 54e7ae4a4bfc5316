/** Keeps the store on the server's log: a picture, then changes from its cursor, for ever.
 *
 *  Never gives up: back-off with jitter up to five seconds, at once when the tab wakes or the network returns. Twelve
 *  seconds without a message mean that the connection is dead, whatever the browser thinks of it. Where WebSockets are
 *  blocked the log is polled. */
import type { Page } from '../api/types';
import type { Change, Mode, PictureMessage, ServerMessage } from './types';

export type LinkState = 'connecting' | 'live' | 'polling' | 'lost';

export interface Link {
  state: LinkState;
  /** Wall time in ms since which this state holds. */
  since: number;
  /** Wall time in ms of the last message; 0 before the first. */
  heard: number;
  /** Real seconds since the server itself last read its log, and whether it can. */
  behind: number;
  following: boolean;
  /** Status of an answer that refused us: 401 asks for a sign-in. */
  refused: number | null;
  attempts: number;
}

export interface Target {
  readonly cursor: number;
  /** Names the rooms the picture is made of; the server says when they are no longer ours. */
  readonly sight?: string;
  readonly loaded: boolean;
  replace(message: PictureMessage): void;
  take(changes: Change[], upTo: number): void;
  clock: { sync(now: string, speed: number): void };
  mode: Mode;
}

export interface Timing {
  silence: number;
  longestPause: number;
  poll: number;
  retrySocket: number;
  answer: number;
}

/** Close code of a socket whose session is over. */
const DISMISSED = 1008;

const TIMING: Timing = { silence: 12_000, longestPause: 5_000, poll: 2_000, retrySocket: 30_000, answer: 15_000 };

export class Live {
  link: Link = { state: 'connecting', since: Date.now(), heard: 0, behind: 0, following: true, refused: null, attempts: 0 };
  #socket: WebSocket | null = null;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #wake: (() => void) | null = null;
  #dead: (() => void) | null = null;
  #unwelcomed = false;
  #socketFailures = 0;
  #nextSocketTry = 0;
  #stopped = false;
  #stale = false;
  #held = false;

  constructor(
    readonly target: Target,
    readonly base: string,
    readonly onLink: (link: Link) => void = () => {},
    readonly timing: Timing = TIMING,
    /** The server has shown us the door: the session may have ended. */
    readonly onDismissed: () => void = () => {},
  ) {}

  /** Runs until `stop`. */
  async run(): Promise<void> {
    while (!this.#stopped) {
      if (this.#held) {
        await this.#pause(60_000);
        continue;
      }
      try {
        if (!this.target.loaded || this.#stale) await this.#picture();
        if (this.#socketFailures >= 3 && Date.now() < this.#nextSocketTry) await this.#poll();
        else await this.#follow();
      } catch {
        await this.#judge();
      }
      if (this.#stopped) return;
      this.link = { ...this.link, attempts: this.link.attempts + 1 };
      await this.#pause(Math.min(this.timing.longestPause, 250 * 2 ** Math.min(this.link.attempts, 6)));
    }
  }

  /** A socket that is refused while the server answers otherwise is blocked on its way; a server that answers nothing
   *  is only away, and its socket is tried first when it is back. */
  async #judge(): Promise<void> {
    const blocked = this.#unwelcomed && (await this.#page().then(() => true, () => false));
    this.#unwelcomed = false;
    this.#socketFailures = blocked ? this.#socketFailures + 1 : 0;
    if (this.#socketFailures >= 3) this.#nextSocketTry = Date.now() + this.timing.retrySocket;
    if (!blocked || this.link.state !== 'polling') this.#set(this.link.heard ? 'lost' : 'connecting');
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#silence);
    this.#dead?.();
    this.#wake?.();
  }

  /** Our rights have changed: close, and begin again with a fresh picture. */
  renew(): void {
    this.#stale = true;
    this.#held = false;
    this.link = { ...this.link, attempts: 0 };
    this.#dead?.();
    this.#wake?.();
  }

  /** Stays apart from the server, with what it holds, until `release` or `renew`. */
  hold(): void {
    this.#held = true;
    this.#dead?.();
  }

  release(): void {
    this.#held = false;
    this.#wake?.();
  }

  /** The tab woke or the network came back: try now, and if connected ask whether the other side is still there. */
  nudge(): void {
    this.link = { ...this.link, attempts: 0 };
    this.#nextSocketTry = 0;
    this.#wake?.();
    if (this.#socket?.readyState === 1) {
      this.#socket.send('{"type":"ping"}');
      this.#expect(Math.min(4_000, this.timing.silence));
    }
  }

  async #json<T>(path: string): Promise<T> {
    const response = await fetch(this.base + path, { signal: AbortSignal.timeout(this.timing.answer), cache: 'no-store' });
    this.link = { ...this.link, refused: response.ok ? null : response.status };
    if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`);
    return (await response.json()) as T;
  }

  async #picture(): Promise<void> {
    const picture = await this.#json<PictureMessage>('/api/picture');
    this.#stale = false;
    this.target.replace(picture);
    this.#heard();
  }

  #follow(): Promise<void> {
    return new Promise((resolve, reject) => {
      const url = new URL(this.base + '/api/live', globalThis.location?.href);
      url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
      const socket = new WebSocket(url);
      this.#socket = socket;
      let welcomed = false;
      const ended = () => {
        if (this.#socket !== socket) return;
        this.#socket = null;
        clearTimeout(this.#silence);
        socket.close();
        if (this.#stale) return resolve();
        this.#unwelcomed = !welcomed;
        reject(new Error('the connection closed'));
      };
      this.#dead = ended;
      this.#expect(this.timing.silence);
      socket.onopen = () =>
        socket.send(JSON.stringify({ type: 'follow', since: this.target.cursor, area: null, kinds: null, sight: this.target.sight ?? null }));
      socket.onmessage = (event) => {
        if (this.#socket !== socket) return;
        this.#expect(this.timing.silence);
        const message = JSON.parse(event.data as string) as ServerMessage;
        if (message.type === 'restart') {
          this.#stale = true;
          return ended();
        }
        welcomed = true;
        this.#socketFailures = 0;
        this.#receive(message);
      };
      socket.onclose = ({ code }) => {
        if (code === DISMISSED && this.#socket === socket) this.onDismissed();
        ended();
      };
      socket.onerror = ended;
    });
  }

  #receive(message: Exclude<ServerMessage, { type: 'restart' }>): void {
    if (message.type === 'changes') this.target.take(message.changes, message.cursor);
    else {
      this.target.clock.sync(message.now, message.speed);
      this.target.mode = message.mode;
      if (message.type === 'beat') {
        const behind = (Date.parse(message.now) - Date.parse(message.followed_at)) / 1000;
        this.link = { ...this.link, behind: Number.isFinite(behind) ? behind : 0, following: message.following !== false };
      }
    }
    this.link = { ...this.link, attempts: 0 };
    this.#heard();
    this.#set('live');
  }

  async #poll(): Promise<void> {
    while (!this.#stopped && !this.#stale && Date.now() < this.#nextSocketTry) {
      const changes = await this.#page();
      this.link = { ...this.link, attempts: 0 };
      this.#set('polling');
      if (changes === 0) await this.#pause(this.timing.poll);
    }
    this.#socketFailures = 2; // one more try of the socket, then poll again
  }

  /** The next page of the log by HTTP; how many changes it had. */
  async #page(): Promise<number> {
    const page = await this.#json<Page>(`/api/changes?since=${this.target.cursor}${this.target.sight ? `&sight=${this.target.sight}` : ''}`);
    if (page.restart) await this.#picture();
    else this.target.take(page.changes, page.cursor);
    this.target.clock.sync(page.now, page.speed);
    this.#heard();
    return page.changes.length;
  }

  /** A dead peer never answers the closing handshake: what does not speak in time counts as closed. */
  #expect(milliseconds: number): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#dead?.(), milliseconds);
  }

  #heard(): void {
    this.link = { ...this.link, heard: Date.now() };
    this.onLink(this.link);
  }

  #set(state: LinkState): void {
    if (this.link.state === state) return this.onLink(this.link);
    this.link = { ...this.link, state, since: Date.now() };
    this.onLink(this.link);
  }

  /** Between half and all of `milliseconds`, so that two hundred browsers do not come back in one instant. */
  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, milliseconds * (0.5 + Math.random() / 2));
      this.#wake = done;
      function done(): void {
        clearTimeout(timer);
        resolve();
      }
    });
  }
}

/** Wakes the link whenever the browser says that something may have changed. Returns how to stop it. */
export function wakeUps(live: Live): () => void {
  const nudge = () => live.nudge();
  const visible = () => document.visibilityState === 'visible' && live.nudge();
  addEventListener('online', nudge);
  addEventListener('pageshow', nudge);
  document.addEventListener('visibilitychange', visible);
  return () => {
    removeEventListener('online', nudge);
    removeEventListener('pageshow', nudge);
    document.removeEventListener('visibilitychange', visible);
  };
}
