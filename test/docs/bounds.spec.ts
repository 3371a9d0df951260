import { NoInstrumentation } from '../../src/instrumentation/instrumentation.js';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { SERVER_LIMITS } from '../../src/app/app.setup.js';
import { DEFAULT_CLERK_LIMITS } from '../../src/clerk/clerk-limits.js';
import { readConfig } from '../../src/app/config.js';
import { InProcessBackplane } from '../../src/backplane/in-process-backplane.js';
import { resolveLimits } from '../../src/limits/limits.options.js';
import { MAX_ROUTE_BYTES } from '../../src/mcp/authoring/route-options.js';
import { resolveMcpOptions } from '../../src/mcp/mcp-options.js';
import { MAX_CONTENT_BYTES } from '../../src/mcp/authoring/content-blocks.js';
import {
  DEFAULT_MCP_LIMITS,
  MAX_CURSOR_BYTES,
  MEMORY_SHARES,
} from '../../src/mcp/protocol/mcp-limits.js';
import { SEAM_TIMEOUT_MS } from '../../src/backplane/contained-seam.js';

/** Defaults by name: the rows of all tables of docs/limits.md below "Every bound". */
let documented: ReadonlyMap<string, string>;
/** The rows of the section "Calls" alone, because other sections have bounds of the same names. */
let documentedCalls: ReadonlyMap<string, string>;
beforeAll(async () => {
  const page = await readFile(new URL('../../docs/limits.md', import.meta.url), 'utf8');
  const [, bounds = ''] = page.split('\n## Every bound\n');
  const [, calls = ''] = /^### Calls$(.*?)^### /ms.exec(bounds) ?? [];
  documented = rowsOf(bounds);
  documentedCalls = rowsOf(calls);
});

function rowsOf(text: string): ReadonlyMap<string, string> {
  const rows = [...text.matchAll(/^\| (.+?) +\| +(.+?) +\|/gm)];
  return new Map(rows.map(([, name = '', value = '']) => [name.replaceAll('`', ''), value]));
}

const inWords = (value: number) => value.toLocaleString('en-US');

const { sessions, tasks, ...options } = resolveMcpOptions({ name: 'x', version: '1' });
const { rateLimit, drainMs, clerk } = readConfig({});

describe('docs/limits.md names every bound with its default', () => {
  it.each([
    ...Object.entries(DEFAULT_MCP_LIMITS),
    ...Object.entries(DEFAULT_CLERK_LIMITS),
    ...Object.entries(SERVER_LIMITS),
    ...Object.entries(sessions).map(([name, value]) => [`sessions.${name}`, value] as const),
    ...Object.entries(tasks)
      .filter(([name]) => name !== 'pollIntervalMs')
      .map(([name, value]) => [`tasks.${name}`, Number(value)] as const),
    ['maxStreamsPerPrincipal', options.maxStreamsPerPrincipal],
    ['pageSize', options.pageSize],
    ['revocationGraceMs', options.revocationGraceMs],
    ['seamTimeoutMs', options.seamTimeoutMs],
    ['storageTimeoutMs', SEAM_TIMEOUT_MS],
    ['RATE_LIMIT', rateLimit],
    ['AUTH_FAILURE_LIMIT', clerk.failuresPerAddress],
    ['DRAIN_MS', drainMs],
    ['a cursor', MAX_CURSOR_BYTES],
    ['an image, a sound, a file, a resource', MAX_CONTENT_BYTES],
    ['maxBytes', MAX_ROUTE_BYTES],
  ] as const)('%s', (name, value) => {
    expect(documented.get(name)).toBe(inWords(value));
  });

  it.each(Object.entries(options.toolLimits))('%s', (name, value) => {
    expect(value).toBe(Infinity);
    expect(documentedCalls.get(name)).toBe('none');
  });

  it.each(Object.entries(MEMORY_SHARES))('the share %s', (name, share) => {
    expect(documented.get(name)).toBe(`${share * 100} %`);
  });

  it('the shares are the whole', () => {
    const whole = Object.values(MEMORY_SHARES).reduce((sum, share) => sum + share, 0);
    expect(whole).toBeCloseTo(1);
  });

  it('how many keys a throttler remembers', () => {
    const { storage } = resolveLimits({}, new InProcessBackplane(), new NoInstrumentation());
    expect(Reflect.get(Reflect.get(storage, 'records'), 'maxSize')).toBe(50_000);
    expect(documented.get('maxKeys')).toBe('50,000');
  });
});
