import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLiveFile } from '../../src/cli/live-file.js';
import { runCommand } from './fake-terminal.js';

const GOOD = {
  format: 'nestjs-clerk-mcp/live',
  version: 1,
  createdAt: '2026-11-29T08:00:00.000Z',
  switches: { accessTokenFormat: 'opaque', advertisedScopes: ['notes:read'] },
  customScopes: ['notes:read'],
  notSeen: { scopeClaim: 'The access token is opaque.' },
  answers: [{ question: 'Is iss in the response?', answer: 'yes' }],
  facts: {},
  checks: [{ name: 'live-iss', status: 'ok', message: 'iss' }],
};

describe('emulator --like', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'live-file-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('reads the switches and the custom scopes', async () => {
    const file = await fileOf(JSON.stringify(GOOD));
    expect(await readLiveFile(file)).toEqual({
      switches: GOOD.switches,
      customScopes: ['notes:read'],
    });
  });

  it.each([
    ['text', 'switches: {}', /is not valid JSON/],
    ['a list', '[]', /expected object/],
    ['a seed', JSON.stringify({ users: [], switches: {} }), /"users"[^]*at format|at format/],
    ['another version', JSON.stringify({ ...GOOD, version: 2 }), /at version/],
    ['an unknown field', JSON.stringify({ ...GOOD, secretKey: 'x' }), /"secretKey"/],
    ['an unknown switch', like({ rotate: true }), /"rotate"\s+→ at switches/],
    ['a wrong value', like({ accessTokenFormat: 'jws' }), /at switches\.accessTokenFormat/],
    ['a wrong number', like({ refreshTokenGraceMs: -1 }), /at switches\.refreshTokenGraceMs/],
    [
      'a scope that is none',
      JSON.stringify({ ...GOOD, customScopes: ['a b'] }),
      /customScopes\[0\]/,
    ],
    ['too much', ' '.repeat(1_000_001), /larger than 1 MB/],
  ])('refuses %s and names the field', async (_what, text, message) => {
    const file = await fileOf(text);
    const { code, stderr, stdout } = await runCommand(['emulator', '--port', '0', '--like', file]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toContain('doctor --live --out live.json');
  });

  it('refuses a file that is not there', async () => {
    const { code, stderr } = await runCommand(['emulator', '--like', join(folder, 'none.json')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/Cannot read the file .*none\.json/);
  });

  it('refuses switches that name a scope which the file does not have', async () => {
    const file = await fileOf(JSON.stringify({ ...GOOD, customScopes: [] }));
    const { code, stderr } = await runCommand(['emulator', '--port', '0', '--like', file]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/advertisedScopes names the scope "notes:read"/);
  });

  async function fileOf(text: string): Promise<string> {
    const file = join(folder, 'live.json');
    await writeFile(file, text);
    return file;
  }
});

function like(switches: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...GOOD, switches });
}
