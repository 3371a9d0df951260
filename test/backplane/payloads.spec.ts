import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/backplane/backplane.js';
import { ServiceOfNodes } from '../support/service-of-nodes.js';
import { PAYLOADS, type Payload } from './payloads.js';

const LATER = { device: 'phone', since: [1, { two: null }] };

async function readOf({ read }: Payload, payload: Json) {
  const engine = new ServiceOfNodes();
  const [here, other] = [engine.node(), engine.node()];
  try {
    return { here, found: await read(here, other, payload) };
  } catch (error) {
    return { here, error };
  }
}

describe.each(Object.entries(PAYLOADS))('%s', (_, payload) => {
  const { example, isReadAs, rewrite, change } = payload;

  it('is read as nodes of this version write it', async () => {
    expect(await readOf(payload, example)).toMatchObject({ found: isReadAs });
  });

  it('is read with members that this version does not know', async () => {
    expect(await readOf(payload, { ...example, ...LATER })).toMatchObject({ found: isReadAs });
  });

  it('of a later version counts as absent', async () => {
    for (const v of [2, '1', null]) {
      const { found } = await readOf(payload, { ...example, v });
      expect(found).toBeUndefined();
    }
  });

  it('without anything that this version expects counts as absent', async () => {
    for (const odd of [{}, { v: 1 }, { v: 1, ...LATER }]) {
      expect((await readOf(payload, odd)).found).toBeUndefined();
    }
  });

  it.runIf(rewrite)('keeps what a later version has added when it is changed', async () => {
    const { here } = await readOf(payload, { ...example, ...LATER });
    expect(await rewrite?.(here)).toMatchObject({ ...LATER, ...change });
  });

  it.runIf(rewrite)('of a later version is left alone', async () => {
    const stored = { ...example, v: 2, ...LATER };
    const { here } = await readOf(payload, stored);
    expect(await rewrite?.(here)).toEqual(stored);
  });
});

describe('What nodes share', () => {
  it('is in the table, if it has a version', () => {
    const writers = sources()
      .filter(([, text]) => /\bv: (1|VERSION)\b/.test(text))
      .map(([file]) => file.replace(/^.*\//, ''));

    expect(writers.toSorted()).toEqual(KNOWN_WRITERS);
  });
});

/** Each has its payloads in the table, save marks that only need to be there. */
const KNOWN_WRITERS = [
  'backplane-event-bus.ts',
  'backplane-event-stores.ts',
  'backplane-revocation-bus.ts',
  // A mark.
  'check-owner.ts',
  // A mark.
  'clerk-refresh-grant.ts',
  // A mark.
  'clerk-webhooks.ts',
  'directory-changes.ts',
  'mcp-peers.ts',
  'session-answers.ts',
  'session-record.ts',
  'session-signals.ts',
  'shared-task-store.ts',
  'shared-verdict-cache.ts',
  'stored-revocations.ts',
  'task-nodes.ts',
  'task-record.ts',
];

function sources(): readonly (readonly [string, string])[] {
  const root = join(import.meta.dirname, '../../src');
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => [file, readFileSync(join(root, file), 'utf8')] as const);
}
