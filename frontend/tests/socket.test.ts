// The link against a real HTTP server and real sockets on loopback.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { apply, EMPTY, pictureOf } from '../src/live/apply';
import { Live, type LinkState, type Target, type Timing } from '../src/live/socket';
import type { Change, Held, Mode, PictureMessage } from '../src/live/types';

globalThis.WebSocket = WebSocket as unknown as typeof globalThis.WebSocket;

const QUICK: Timing = { silence: 300, longestPause: 60, poll: 20, retrySocket: 400, answer: 1000 };
const NOW = '2026-11-21T19:00:00Z';
const change = (seq: number, value: number): Change => ({ seq, op: 'put', ref: 'local/reading/a.W', room: 'public', provenance: null, body: { value } });

let server: Server;
let sockets: WebSocketServer;
let base: string;
let log: Change[];
let pictures: number;
let pollable: boolean;
let sinces: number[];
let onFollow: (socket: WebSocket, since: number) => void;
let blocked: boolean;
let live: Live | undefined;

class Keeper implements Target {
  picture = EMPTY;
  loaded = false;
  mode: Mode = 'ACTUAL';
  synced = 0;
  clock = { sync: () => void (this.synced += 1) };
  get cursor() {
    return this.picture.cursor;
  }
  get value() {
    return (this.picture.facts.get('local/reading/a.W') as Held | undefined)?.body?.value;
  }
  replace(message: PictureMessage) {
    this.picture = pictureOf(message.cursor, message.facts);
    this.loaded = true;
  }
  take(changes: Change[], upTo: number) {
    this.picture = apply(this.picture, changes, upTo).picture;
  }
}

beforeEach(async () => {
  [log, pictures, sinces, blocked, pollable] = [[change(1, 400)], 0, [], false, true];
  onFollow = (socket, since) => {
    socket.send(JSON.stringify({ type: 'welcome', cursor: since, now: NOW, speed: 1, mode: 'ACTUAL' }));
    const missed = log.filter(({ seq }) => seq > since);
    if (missed.length) socket.send(JSON.stringify({ type: 'changes', cursor: missed.at(-1)!.seq, changes: missed }));
  };
  server = createServer((request, response) => {
    const url = new URL(request.url!, base);
    const head = { cursor: log.at(-1)?.seq ?? 0, now: NOW, speed: 1, mode: 'ACTUAL', origin: 'local' };
    if (url.pathname === '/api/picture') {
      pictures += 1;
      const { seq: _seq, op: _op, ...fact } = log.at(-1)!;
      response.end(JSON.stringify({ ...head, facts: [fact] }));
    } else if (pollable) {
      const changes = log.filter(({ seq }) => seq > Number(url.searchParams.get('since')));
      response.end(JSON.stringify({ ...head, restart: false, changes }));
    } else response.writeHead(503).end();
  });
  sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    if (blocked) return void socket.destroy();
    sockets.handleUpgrade(request, socket, head, (opened) =>
      opened.on('message', (text) => {
        const message = JSON.parse(String(text)) as { type: string; since: number };
        if (message.type !== 'follow') return;
        sinces.push(message.since);
        onFollow(opened, message.since);
      }),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  live?.stop();
  for (const socket of sockets.clients) socket.terminate();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

function start(): { target: Keeper; states: LinkState[] } {
  const target = new Keeper();
  const states: LinkState[] = [];
  live = new Live(target, base, (link) => states.at(-1) !== link.state && states.push(link.state), QUICK);
  void live.run();
  return { target, states };
}

async function until(what: () => boolean, limit = 4000): Promise<void> {
  const end = Date.now() + limit;
  while (!what()) {
    if (Date.now() > end) throw new Error(`not within ${limit} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 5));
  }
}
const push = (...changes: Change[]) => {
  log.push(...changes);
  for (const socket of sockets.clients) socket.send(JSON.stringify({ type: 'changes', cursor: changes.at(-1)!.seq, changes }));
};

describe('the link', () => {
  it('takes a picture and follows from its cursor', async () => {
    const { target, states } = start();
    await until(() => states.at(-1) === 'live');
    push(change(2, 431));
    await until(() => target.value === 431);
    expect(sinces).toEqual([1]);
    expect(target.synced).toBeGreaterThan(0);
  });

  it('comes back after every cut, from where it was, without a new picture', async () => {
    const { target, states } = start();
    for (let round = 2; round < 6; round += 1) {
      await until(() => states.at(-1) === 'live' && sockets.clients.size === 1);
      log.push(change(round, round));
      for (const socket of sockets.clients) socket.terminate();
      await until(() => target.value === round);
    }
    expect(pictures).toBe(1);
    expect(sinces).toEqual([1, 1, 2, 3, 4]);
  });

  it('holds a silent connection for dead', async () => {
    const { states } = start();
    await until(() => states.at(-1) === 'live');
    await until(() => states.includes('lost'));
    await until(() => sinces.length >= 2);
  });

  it('starts over when the server says so', async () => {
    const follow = onFollow;
    let once = true;
    onFollow = (socket, since) => {
      if (!once) return follow(socket, since);
      once = false;
      log = [change(90, 77)];
      socket.send(JSON.stringify({ type: 'restart', reason: 'the cursor is older than the log' }));
    };
    const { target } = start();
    await until(() => target.value === 77 && target.cursor === 90);
    expect(pictures).toBe(2);
  });

  it('polls where sockets are blocked, and returns to the socket when it can', async () => {
    blocked = true;
    const { target, states } = start();
    await until(() => states.at(-1) === 'polling');
    log.push(change(2, 500));
    await until(() => target.value === 500);
    blocked = false;
    await until(() => states.at(-1) === 'live');
    push(change(3, 501));
    await until(() => target.value === 501);
  });

  it('does not take a server that is away for a blocked socket', async () => {
    const { target, states } = start();
    await until(() => states.at(-1) === 'live');
    [blocked, pollable] = [true, false];
    for (const socket of sockets.clients) socket.terminate();
    await new Promise((done) => setTimeout(done, 600));
    log.push(change(2, 9));
    [blocked, pollable] = [false, true];
    await until(() => target.value === 9 && states.at(-1) === 'live');
    expect(states).not.toContain('polling');
  });

  it('never gives up, and says that it is lost', async () => {
    const { target, states } = start();
    await until(() => states.at(-1) === 'live');
    [blocked, pollable] = [true, false];
    for (const socket of sockets.clients) socket.terminate();
    await until(() => states.at(-1) === 'lost');
    await new Promise((done) => setTimeout(done, 500));
    expect(states.at(-1)).toBe('lost');
    log.push(change(2, 9));
    [blocked, pollable] = [false, true];
    await until(() => target.value === 9);
  });
});
