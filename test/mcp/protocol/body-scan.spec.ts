import { array, assert, constantFrom, integer, jsonValue, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BodyScan } from '../../../src/mcp/protocol/body-scan.js';

const NO_LIMIT = { nesting: Infinity, values: Infinity, members: Infinity };

/** Reads a text in pieces of these sizes, over and over. */
function scan(text: string, limits = NO_LIMIT, sizes: readonly number[] = [1 << 16]) {
  const body = new BodyScan(limits);
  const bytes = Buffer.from(text);
  let exceeded: ReturnType<BodyScan['read']>;
  for (let at = 0, piece = 0; at < bytes.length; piece += 1) {
    const size = sizes[piece % sizes.length] ?? 1;
    exceeded ??= body.read(bytes.subarray(at, at + size));
    at += size;
  }
  return { exceeded, values: body.values, members: body.members };
}

/** Levels and values of a parsed value: what the scan must find in its text. */
function measure(value: unknown): { depth: number; values: number } {
  if (typeof value !== 'object' || value === null) return { depth: 0, values: 0 };
  const inner = Object.values(value).map(measure);
  return {
    depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)),
    values: 1 + Math.max(0, inner.length - 1) + inner.reduce((sum, { values }) => sum + values, 0),
  };
}

describe('BodyScan', () => {
  it('finds the end of every long text, whatever it contains', () => {
    const mark = constantFrom(...'"\\,:[]{}', 'x'.repeat(31), 'x'.repeat(32), 'x'.repeat(33));
    const texts = array(array(mark, { maxLength: 12 }).map((parts) => parts.join('')));
    assert(
      property(texts, array(integer({ min: 1, max: 90 }), { minLength: 1 }), (values, sizes) => {
        const { values: counted } = measure(values);
        expect(scan(JSON.stringify(values), NO_LIMIT, sizes).values).toBe(counted);
        expect(scan(JSON.stringify(values)).values).toBe(counted);
      }),
      { numRuns: 500 },
    );
  });

  it('weighs a body by its bytes, its values and its names', () => {
    const body = new BodyScan(NO_LIMIT);
    expect(body.weight).toBe(0);
    body.read(Buffer.from('"text"'));
    expect(body.weight).toBe(2 * 6);
    body.read(Buffer.from('{"a":1,"b":[]}'));
    // The object, the list, and the second of two members.
    expect(body.weight).toBe(2 * 20 + 3 * 40 + 2 * 80);
  });

  it('counts what JSON.parse would make, wherever the text is cut', () => {
    assert(
      property(
        jsonValue({ maxDepth: 6 }),
        array(integer({ min: 1, max: 50 }), { minLength: 1 }),
        (value, sizes) => {
          const text = JSON.stringify(value);
          const { depth, values } = measure(JSON.parse(text));
          expect(scan(text, NO_LIMIT, sizes).values).toBe(values);
          const within = { ...NO_LIMIT, nesting: Math.max(depth, 1), values: Math.max(values, 1) };
          expect(scan(text, within, sizes).exceeded).toBeUndefined();
          if (depth > 1) {
            const shallow = { ...NO_LIMIT, nesting: depth - 1 };
            expect(scan(text, shallow, sizes).exceeded).toBe('nesting');
          }
        },
      ),
    );
  });

  it('counts the members of objects, and no colon in a text', () => {
    const text = JSON.stringify({ 'a:b': '::', c: [{ d: { e: 1 } }, { d: {} }, ':'] });
    for (const size of [1, 2, 3, 64]) {
      expect(scan(text, NO_LIMIT, [size]).members).toBe(5);
      expect(scan(text, { ...NO_LIMIT, members: 5 }, [size]).exceeded).toBeUndefined();
      expect(scan(text, { ...NO_LIMIT, members: 4 }, [size]).exceeded).toBe('members');
    }
  });

  it.each([
    ['brackets in a string', JSON.stringify({ a: '[[[[{{{{,,,,' })],
    ['an escaped quote before brackets', JSON.stringify({ a: '"[[[[' })],
    ['escaped backslashes before the end of a string', JSON.stringify({ a: '\\\\', b: '[[' })],
    ['a long string', JSON.stringify({ a: 'x'.repeat(1_000), b: `${'y'.repeat(99)}[[[` })],
    ['text of several bytes', JSON.stringify({ a: '"日本語"[[['.repeat(50) })],
  ])('is not misled by %s', (_, text) => {
    for (const size of [1, 2, 3, 7, 64, 10_000]) {
      expect(scan(text, { ...NO_LIMIT, nesting: 1 }, [size]).exceeded).toBeUndefined();
    }
  });

  it('finds levels that are opened and never closed', () => {
    expect(scan('['.repeat(101), { ...NO_LIMIT, nesting: 100 }).exceeded).toBe('nesting');
    expect(scan('[{"a":'.repeat(51), { ...NO_LIMIT, nesting: 100 }).exceeded).toBe('nesting');
  });

  it('finds too many values, empty ones among them', () => {
    const limits = { ...NO_LIMIT, values: 1_000 };
    expect(scan(`[${'1,'.repeat(1_001)}1]`, limits).exceeded).toBe('values');
    expect(scan(`[${'[],'.repeat(600)}[]]`, limits).exceeded).toBe('values');
    expect(scan(`[${'1,'.repeat(900)}1]`, limits).exceeded).toBeUndefined();
  });

  it('weighs a body by what it becomes, and not by its length alone', () => {
    const flat = new BodyScan(NO_LIMIT);
    flat.read(Buffer.from(JSON.stringify('x'.repeat(30_000))));
    const many = new BodyScan(NO_LIMIT);
    many.read(Buffer.from(`[${'[],'.repeat(10_000)}[]]`));
    expect(many.weight).toBeGreaterThan(5 * flat.weight);
  });
});
