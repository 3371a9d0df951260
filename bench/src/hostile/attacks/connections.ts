import { setTimeout } from 'node:timers/promises';
import { made, modern, modernRpc, rpc, type Attack } from '../attack.js';
import type { Attacker } from '../attacker.js';

/** Connections that send slowly, or read nothing. */
export function connections(): readonly Attack[] {
  const answersLarge = made(() =>
    rpc('tools/call', { name: 'echo', arguments: { message: 'x'.repeat(1_000_000) } }),
  );
  const list = rpc('tools/list');
  const listen = modernRpc('subscriptions/listen', {
    notifications: { toolsListChanged: true, resourceSubscriptions: URIS },
  });
  return [
    ...SIZES.map((bytes) => halfSent(bytes)),
    {
      name: 'body in chunks, without an end',
      go: async (attacker) => {
        const head = attacker.head('POST', { 'transfer-encoding': 'chunked' });
        const socket = attacker.connect(`${head}4\r\n{"a"\r\n`);
        drip(attacker, () => socket.write('1\r\n \r\n'));
        return settled();
      },
    },
    {
      name: 'headers that come slowly',
      go: async (attacker) => {
        const socket = attacker.connect(attacker.head('POST', {}).slice(0, -2));
        drip(attacker, () => socket.write(`x-${performance.now()}: ${'a'.repeat(100)}\r\n`));
        return settled();
      },
    },
    {
      name: '3,000 headers',
      go: async (attacker) => {
        const many = Array.from({ length: 3_000 }, (_, n) => [`x-${n}`, 'a'.repeat(100)]);
        attacker.connect(attacker.head('POST', Object.fromEntries(many)));
        return settled();
      },
    },
    {
      name: 'twenty pipelined requests, answers unread',
      requests: 20,
      go: async (attacker) => {
        const head = attacker.head('POST', { 'content-length': list.length });
        attacker.connect(`${head}${list}`.repeat(20));
        return settled();
      },
    },
    {
      name: 'four large answers, unread',
      who: 'signed in',
      requests: 4,
      go: async (attacker) => {
        const head = attacker.head('POST', { 'content-length': answersLarge().length });
        attacker.connect(`${head}${answersLarge().toString()}`.repeat(4));
        return settled();
      },
    },
    {
      name: 'stream of a session and large answers, unread',
      who: 'signed in',
      requests: 4,
      go: async (attacker) => {
        const headers = await attacker.openSession();
        attacker.connect(attacker.head('GET', headers));
        const head = attacker.head('POST', { ...headers, 'content-length': answersLarge().length });
        for (let n = 0; n < 2; n += 1) attacker.connect(`${head}${answersLarge().toString()}`);
        return settled();
      },
    },
    {
      name: 'stream of a session, unread',
      requests: 2,
      go: async (attacker) => {
        attacker.connect(attacker.head('GET', await attacker.openSession()));
        return settled();
      },
    },
    {
      name: 'listen to 1,000 URIs, unread',
      go: async (attacker) => {
        const headers = modern('subscriptions/listen');
        const head = attacker.head('POST', { ...headers, 'content-length': listen.length });
        attacker.connect(`${head}${listen}`);
        return settled();
      },
    },
    {
      name: 'large answer, read',
      who: 'signed in',
      go: (attacker) => attacker.post(answersLarge()),
    },
    {
      name: 'call that is broken off',
      go: async (attacker) => {
        const head = attacker.head('POST', { 'content-length': list.length });
        const socket = attacker.connect(`${head}${list}`);
        await settled();
        socket.destroy();
        return undefined;
      },
    },
  ];
}

/** Of bodies that do not come in full. */
const SIZES = [1_000, 9_000, 100_000, 1_000_000, 4_000_000];

/** As many as a stream may have, and almost as long. */
const URIS = Array.from({ length: 1_000 }, (_, n) => `notes://${n}/`.padEnd(130, 'x'));

function halfSent(bytes: number): Attack {
  const most = made(() => rpc('ping', { x: 'x'.repeat(bytes) }).slice(0, -30));
  return {
    name: `body of ${bytes.toLocaleString('en')} bytes, the end dripping`,
    go: async (attacker) => {
      const socket = attacker.connect(attacker.head('POST', { 'content-length': bytes + 200 }));
      socket.write(most());
      drip(attacker, () => socket.write('x'));
      return settled();
    },
  };
}

/** Writes some more each second, until the attacker lets go. */
function drip(attacker: Attacker, write: () => void): void {
  const timer = setInterval(write, 1_000);
  attacker.hold({ destroy: () => clearInterval(timer) });
}

/** What the service does about it has been done. */
async function settled(): Promise<undefined> {
  await setTimeout(300);
}
