import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ServiceLogger } from '../../src/app/service-logger.js';
import { WaitingLines } from '../../src/app/waiting-lines.js';
import type { LoggedRequest } from '../../src/clerk/http/current-request.js';

const writes: string[] = [];
/** What was written, with that of this turn of the event loop. */
const written = async (): Promise<readonly string[]> => {
  await setImmediate();
  return writes.flatMap((text) => (text.startsWith('{') ? text.split(/(?<=\n)/) : text));
};
beforeEach(() => {
  writes.length = 0;
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      writes.push(String(chunk));
      return true;
    });
  }
});
afterEach(() => vi.restoreAllMocks());

const logger = (json: boolean, current: () => LoggedRequest | undefined = () => undefined) =>
  new ServiceLogger({ json, colors: false }, current);
const REQUEST = { requestId: 'req-1', traceId: 'ab'.repeat(16), principal: 'digest' };

describe('A line of JSON', () => {
  it('says during which request it was written', async () => {
    logger(true, () => REQUEST).warn('careful', 'Somewhere');
    const [line = ''] = await written();
    expect(JSON.parse(line)).toMatchObject({
      level: 'warn',
      message: 'careful',
      context: 'Somewhere',
      ...REQUEST,
    });
  });

  it('says nothing of a request outside of one', async () => {
    logger(true).log('hello');
    const [line = ''] = await written();
    expect(Object.keys(JSON.parse(line))).not.toContain('requestId');
  });

  it('waits for the others of its turn, and is written before a warning and an error', async () => {
    const service = logger(true);
    service.log('one');
    service.debug('two');
    expect(writes).toEqual([]);
    service.warn('three');
    service.log('four');
    service.error('five');
    service.verbose('six');
    service.log('seven');
    expect(await written()).toHaveLength(7);
    const messages = writes.map((text) =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).message),
    );
    expect(messages).toEqual([['one', 'two'], ['three'], ['four'], ['five'], ['six', 'seven']]);
  });

  it('does not wait for others when they are many', async () => {
    const service = logger(true);
    for (let n = 0; n < 100; n += 1) service.log('x'.repeat(1_000));
    expect(writes).toHaveLength(1);
    expect(await written()).toHaveLength(100);
  });

  it('is not lost when the process exits', () => {
    const flushed = new WaitingLines(process.stdout);
    const before = process.listeners('exit');
    flushed.add('last words');
    flushed.add('and more');
    const [atExit] = process.listeners('exit').filter((one) => !before.includes(one));
    atExit?.call(process, 0);
    expect(writes).toEqual(['last words\nand more\n']);
    flushed.add('of another listener');
    expect(writes).toHaveLength(2);
    process.off('exit', atExit ?? (() => undefined));
  });
});

/** Texts whose length in JSON, in UTF-8 and in UTF-16 differ. */
const LONG = ['x', '"', '\n', '\u0001', 'é', '漢', '😀'].map((one) => one.repeat(20_000));

describe.each([true, false])('No line is over 8 KB, JSON %s', (json) => {
  it.each(LONG)('%#', async (text) => {
    const service = logger(json, () => REQUEST);
    service.log(text);
    service.error(text, text, 'Somewhere');
    service.error(new Error(text));
    service.warn({ deep: { text } });
    service.log('with params', { text });
    const lines = await written();
    expect(lines.length).toBeGreaterThan(4);
    for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(8_192);
    const whole = lines.filter((line) => line.startsWith('{'));
    if (json) for (const line of whole) expect(JSON.parse(line)).toMatchObject(REQUEST);
  });

  it('and a short one is left as it is', async () => {
    logger(json).log('hello');
    const lines = await written();
    expect(lines[0]).toContain('hello');
    expect(lines[0]).not.toContain('…');
  });
});
