import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEnvironment } from '../../src/cli/read-environment.js';
import type { Terminal } from '../../src/cli/terminal.js';

describe('the environment of a command', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'read-environment-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([
    ['PUBLIC_URL=https://a.example', {}, 'https://a.example'],
    ['PUBLIC_URL=https://a.example\nBASE_URL=https://b.example', {}, 'https://b.example'],
    ['PUBLIC_URL=https://a.example\nBASE_URL=', {}, 'https://a.example'],
    ['BASE_URL=https://b.example', { BASE_URL: 'https://c.example' }, 'https://c.example'],
    ['', { PUBLIC_URL: 'https://d.example' }, 'https://d.example'],
    ['PUBLIC_URL=', {}, undefined],
  ])('with %j and %j has the base URL %s', async (content, environment, expected) => {
    const file = join(folder, '.env');
    await writeFile(file, content);
    const read = await readEnvironment({ environment } as unknown as Terminal, file);
    expect(read['BASE_URL']).toBe(expected);
  });
});
