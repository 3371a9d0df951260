import { randomUUID } from 'node:crypto';
import type { RedisServer } from './redis-server.js';

/** Commands that nodes have sent, by what they were about. */
export class CommandCount {
  /** @param counts by name, such as `GET record` */
  constructor(readonly counts: Readonly<Record<string, number>>) {}

  get total(): number {
    return sum(Object.values(this.counts));
  }

  /** @returns how many had this name */
  of(name: string): number {
    return this.counts[name] ?? 0;
  }

  /** Those with a name that this count does not have. */
  without(others: CommandCount): CommandCount {
    const left = Object.entries(this.counts).filter(([name]) => others.of(name) === 0);
    return new CommandCount(Object.fromEntries(left));
  }
}

/**
 * Counts what clients send to Redis while some work is done, and nothing that scripts do on their own. It
 * reads along with `MONITOR`, which costs the server time: CPU time is not to be measured meanwhile.
 */
export async function countCommands(
  { client }: RedisServer,
  work: () => Promise<unknown>,
): Promise<CommandCount> {
  const counts: Record<string, number> = {};
  const [start, end] = [randomUUID(), randomUUID()];
  const monitor = await client.monitor();
  try {
    let isCounting = false;
    const ended = new Promise<void>((resolve) => {
      monitor.on('monitor', (_time: string, [name = '', ...args]: string[], source: string) => {
        if (args[0] === end) resolve();
        if (source !== 'lua' && isCounting && args[0] !== end) {
          const what = nameOf(name.toUpperCase(), args);
          counts[what] = (counts[what] ?? 0) + 1;
        }
        if (args[0] === start) isCounting = true;
      });
    });
    await client.echo(start);
    await work();
    // What was sent before is read before it.
    await client.echo(end);
    await ended;
  } finally {
    monitor.disconnect();
  }
  return new CommandCount(counts);
}

/** Adds the hits of rate limits at a node to the sums of all nodes. */
export const SUMS = 'EVALSHA hits';
/** Reads a record, such as that of a session. */
export const GET_RECORD = 'GET record';

/** A command, and the kind of the key that it is about. */
function nameOf(name: string, args: readonly string[]): string {
  if (name === 'XREAD') return name;
  const key = (name.startsWith('EVAL') ? args[2] : args[0]) ?? '';
  const kind = /:(\w):[\w-]+$/.exec(key)?.[1] ?? '';
  return `${name} ${KINDS[kind] ?? kind}`.trim();
}

/** What the letters in the names of keys stand for. */
const KINDS: Readonly<Record<string, string>> = {
  r: 'record',
  s: 'set',
  h: 'hits',
  n: 'nodes',
  l: 'lease',
  b: 'topic',
  m: 'mail',
  g: 'log',
};

function sum(values: readonly number[]): number {
  return values.reduce((all, one) => all + one, 0);
}
