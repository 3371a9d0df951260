import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seedFromState } from '../../src/emulator/index.js';
import { readStateFile } from '../../src/emulator/state/state-file.js';
import { lockState } from '../../src/emulator/state/state-lock.js';
import { StateTest } from './state-test.js';

const test = new StateTest();

describe('A state file', () => {
  const valid = async (): Promise<string> => {
    await (await test.start()).close();
    return readFile(test.file, 'utf8');
  };

  it.each([
    ['that is cut off', (text: string) => text.slice(0, text.length / 2), /not a state/],
    ['that is empty', () => '', /not a state/],
    ['of another program', () => '{"name":"another","version":1}', /not a state/],
    ['that was edited', (text: string) => text.replace('Ada', 'Eve'), /damaged, or was edited/],
    [
      'of a newer version',
      (text: string) => text.replace('"version":1', '"version":2'),
      /newer version.*Update/,
    ],
    ['of an older version', (text: string) => text.replace('"version":1', '"version":0'), /older/],
  ])('%s is set aside, and says so', async (_what, change, message) => {
    const changed = change(await valid());
    await writeFile(test.file, changed);
    const emulator = await test.start();
    expect(emulator.accounts).toHaveLength(3);
    expect(emulator.state).toEqual({ file: test.file, isKept: true });
    expect(test.notices).toEqual([expect.stringMatching(message)]);
    const aside =
      (await readdir(join(test.folder, 'kept'))).find((one) => one.includes('unusable')) ?? '';
    expect(test.notices[0]).toContain(join(test.folder, 'kept', aside));
    expect(await readFile(join(test.folder, 'kept', aside), 'utf8')).toBe(changed);
    await test.restart(emulator);
    expect(test.notices).toHaveLength(1);
  });

  it('with content that no store can take is set aside', async () => {
    const { content, ...envelope } = JSON.parse(await valid());
    content.parts.keys = [{ kid: 'ins_x', jwk: { kty: 'RSA', n: 'x', d: 'y' } }];
    const { createHash } = await import('node:crypto');
    const checksum = createHash('sha256').update(JSON.stringify(content)).digest('base64url');
    await writeFile(test.file, JSON.stringify({ ...envelope, checksum, content }));
    const emulator = await test.start();
    expect(emulator.state?.isKept).toBe(true);
    expect(test.notices).toEqual([expect.stringContaining('does not fit this version')]);
  });

  it('that cannot be read or written leaves the emulator running', async () => {
    const emulator = await test.start({ stateFile: test.folder });
    expect(emulator.accounts).toHaveLength(3);
    expect(emulator.state?.isKept).toBe(false);
    expect(test.notices).toEqual([expect.stringContaining(`${test.folder} cannot be used`)]);
  });

  it('is a regular file: a device is neither read nor renamed', () => {
    expect(() => readStateFile(devNull)).toThrow('not a regular file');
  });

  it('belongs to one emulator at a time', async () => {
    const first = await test.start();
    const second = await test.start();
    expect([first.state?.isKept, second.state?.isKept]).toEqual([true, false]);
    expect(test.notices).toEqual([expect.stringMatching(`in use by process ${process.pid}`)]);
    second.users.create({ emailAddress: 'lin@example.com' });
    await second.close();
    const next = await test.restart(first);
    expect(next.users.find('lin@example.com')).toBeUndefined();
    expect(next.state?.isKept).toBe(true);
  });

  it('is free again when its process was killed', async () => {
    await valid();
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    await writeFile(`${test.file}.lock`, JSON.stringify({ pid: child.pid, started: null }));
    expect((await test.start()).state?.isKept).toBe(true);
    // A process that has the id of an earlier one is not the one that has the lock.
    await test.running.at(-1)?.close();
    await writeFile(`${test.file}.lock`, JSON.stringify({ pid: process.pid, started: 'earlier' }));
    expect((await test.start()).state?.isKept).toBe(true);
    expect(test.notices).toEqual([]);
  });

  it('that another process has taken meanwhile is not released', async () => {
    const path = join(test.folder, 'state.json');
    const taken = lockState(path);
    if ('holder' in taken) throw new Error(String(taken.holder));
    expect(await readdir(test.folder)).toEqual(['state.json.lock']);
    const other = JSON.stringify({ pid: process.ppid, started: null });
    await writeFile(`${path}.lock`, other);
    taken.release();
    expect(await readFile(`${path}.lock`, 'utf8')).toBe(other);
  });

  it('says when its port is in use, and returns to it', async () => {
    const first = await test.start();
    const { port } = new URL(first.url);
    await first.close();
    const other = createServer().listen(Number(port), '127.0.0.1');
    await once(other, 'listening');
    const elsewhere = await test.start();
    expect(elsewhere.url).not.toBe(first.url);
    expect(test.notices).toEqual([expect.stringContaining(`signed in at ${first.url}`)]);
    await elsewhere.close();
    other.close();
    await once(other, 'close');
    expect((await test.start()).url).toBe(first.url);
    expect(test.notices).toHaveLength(1);
  });

  it('goes on when the seed changes, and says so until a reset', async () => {
    const first = await test.start();
    const seed = { users: [{ emailAddress: 'lin@example.com' }] };
    const next = await test.restart(first, { seed });
    expect(next.accounts).toHaveLength(3);
    expect(test.notices).toEqual([expect.stringContaining('began with another seed')]);
    next.reset();
    const last = await test.restart(next, { seed });
    expect(last.accounts.map(({ emailAddress }) => emailAddress)).toEqual(['lin@example.com']);
    expect(test.notices).toHaveLength(1);
  });

  it('is never touched in production', async () => {
    await expect(test.start({ environment: 'Production' })).rejects.toMatchObject({
      code: 'EMULATOR_IN_PRODUCTION',
    });
    expect(await readdir(test.folder)).toEqual([]);
  });

  it('gives a seed without an emulator', async () => {
    const first = await test.start();
    first.users.create({ emailAddress: 'lin@example.com' });
    first.configure({ accessTokenFormat: 'opaque' });
    const exported = first.exportSeed();
    await first.close();
    expect(await seedFromState(test.file)).toEqual(exported);
    await expect(seedFromState(join(test.folder, 'none.json'))).rejects.toMatchObject({
      code: 'EMULATOR_STATE',
    });
  });
});
