import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ServiceLogger } from '../../src/app/service-logger.js';
import type { LoggedRequest } from '../../src/clerk/http/current-request.js';

const lines: string[] = [];
beforeEach(() => {
  lines.length = 0;
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      lines.push(String(chunk));
      return true;
    });
  }
});
afterEach(() => vi.restoreAllMocks());

const logger = (json: boolean, current: () => LoggedRequest | undefined = () => undefined) =>
  new ServiceLogger({ json, colors: false }, current);
const REQUEST = { requestId: 'req-1', traceId: 'ab'.repeat(16), principal: 'digest' };

describe('A line of JSON', () => {
  it('says during which request it was written', () => {
    logger(true, () => REQUEST).warn('careful', 'Somewhere');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'warn',
      message: 'careful',
      context: 'Somewhere',
      ...REQUEST,
    });
  });

  it('is written at once: the audit of a refusal is there before its answer, whatever ends the process', () => {
    logger(true).log('refused', 'Audit');
    expect(lines).toHaveLength(1);
  });

  it('says nothing of a request outside of one', () => {
    logger(true).log('hello');
    expect(Object.keys(JSON.parse(lines[0] ?? ''))).not.toContain('requestId');
  });
});

/** Texts whose length in JSON, in UTF-8 and in UTF-16 differ. */
const LONG = ['x', '"', '\n', '\u0001', 'é', '漢', '😀'].map((one) => one.repeat(20_000));

describe.each([true, false])('No line is over 8 KB, JSON %s', (json) => {
  it.each(LONG)('%#', (text) => {
    const service = logger(json, () => REQUEST);
    service.log(text);
    service.error(text, text, 'Somewhere');
    service.error(new Error(text));
    service.warn({ deep: { text } });
    service.log('with params', { text });
    expect(lines.length).toBeGreaterThan(4);
    for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(8_192);
    const whole = lines.filter((line) => line.startsWith('{'));
    if (json) for (const line of whole) expect(JSON.parse(line)).toMatchObject(REQUEST);
  });

  it('and a short one is left as it is', () => {
    logger(json).log('hello');
    expect(lines[0]).toContain('hello');
    expect(lines[0]).not.toContain('…');
  });
});
