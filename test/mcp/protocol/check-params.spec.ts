import { describe, expect, it, vi } from 'vitest';
import { checkParams } from '../../../src/mcp/protocol/check-params.js';
import { resolveMcpLimits } from '../../../src/mcp/protocol/mcp-limits.js';

/** A hundred bytes of JSON for each description. */
const LIMITS = resolveMcpLimits({ clientInfoBytes: 100 });

/**
 * How the size of a description was told: at a glance, by a lower bound, or by writing it as JSON, which is
 * the last resort because it takes as long as the description is large.
 */
function sizeOf(info: object): string {
  const written = vi.fn(() => info);
  // Only `JSON.stringify` sees it.
  Object.defineProperty(info, 'toJSON', { value: written });
  const isWithin = accepts({ clientInfo: info });
  if (written.mock.calls.length > 0) return isWithin ? 'written, within' : 'written, over';
  return isWithin ? 'small' : 'certainly over';
}

function accepts(params: Readonly<Record<string, unknown>>): boolean {
  return refusal(params) === undefined;
}

function refusal(params: Readonly<Record<string, unknown>>): unknown {
  try {
    checkParams({ id: 1, traits: {}, params, meta: undefined }, LIMITS);
    return undefined;
  } catch (error) {
    return error;
  }
}

const x = (length: number): string => 'x'.repeat(length);
const members = (count: number): object =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`m${at}`, '']));

describe('the size of a description', () => {
  it.each<[told: string, info: object]>([
    ['small', {}],
    ['small', { name: 'client', version: '1.0.0' }],
    ['small', { roots: {}, sampling: {} }],
    ['small', { name: x(64) }],
    ['written, within', { name: x(65) }],
    ['small', { [x(32)]: x(64) }],
    ['written, within', { [x(33)]: '' }],
    ['small', members(8)],
    ['written, within', members(9)],
    ['written, within', { elicitation: { form: {} } }],
    ['written, within', { icons: [] }],
    ['written, within', { title: null }],
    ['written, within', { size: 7 }],
    ['written, within', { strict: true }],
    ['written, within', []],
    ['written, within', [{}]],
    ['written, within', ['a']],
  ])('is told: %s, of %j', (told, info) => {
    expect(sizeOf(info)).toBe(told);
  });

  it.each<[bytes: number, info: (text: string) => object]>([
    ['{"a":""}'.length, (a) => ({ a })],
    ['{"name":""}'.length, (name) => ({ name })],
    ['[""]'.length, (text) => [text]],
    ['{"a":{"b":""}}'.length, (b) => ({ a: { b } })],
    ['{"a":[""]}'.length, (text) => ({ a: [text] })],
    ['{"a":"","b":1}'.length - ','.length, (a) => ({ a, b: 1 })],
    ['{"b":"","a":1}'.length - ','.length, (b) => ({ b, a: 2 })],
    ['[[],""]'.length - ','.length, (text) => [[], text]],
    ['["",""]'.length - ','.length, (text) => ['', text]],
    ['{"a":"","b":""}'.length - ','.length, (b) => ({ a: '', b })],
  ])('of texts beyond a frame of %d bytes is known without writing them', (frame, info) => {
    expect(sizeOf(info(x(101 - frame)))).toBe('certainly over');
    expect(sizeOf(info(x(99 - frame)))).toBe('written, within');
  });

  it('of other values is that of their JSON', () => {
    // As short as they can be, they would fit.
    expect(sizeOf({ a: null, b: x(100 - '{"a":1"b":""}'.length) })).toBe('written, over');
    expect(sizeOf({ a: false, b: x(100 - '{"a":1"b":""}'.length) })).toBe('written, over');
    expect(sizeOf({ name: '\n'.repeat(66) })).toBe('written, over');
    expect(sizeOf({ name: 'é'.repeat(66) })).toBe('written, over');
    expect(sizeOf({ count: 7, list: Array.from({ length: 46 }, () => 1234) })).toBe(
      'written, over',
    );
  });

  it('is known as soon as it is over', () => {
    const later = vi.fn(() => 'read');
    const hidden = (value: object): object => Object.defineProperty(value, 'z', LATER);
    const LATER = { enumerable: true, get: later };
    expect(sizeOf(hidden({ a: x(120) }))).toBe('certainly over');
    expect(sizeOf({ a: x(50), b: hidden({ c: x(60) }) })).toBe('certainly over');
    expect(later).not.toHaveBeenCalled();
  });

  it.each([7, true, 'client', null])('of %j, which is no object, is that of its JSON', (info) => {
    expect(accepts({ clientInfo: info })).toBe(true);
  });

  it('of a long text that is none is over', () => {
    expect(accepts({ clientInfo: x(98) })).toBe(true);
    expect(accepts({ clientInfo: x(99) })).toBe(false);
  });

  it('of what JSON cannot express is an error, not a refusal', () => {
    const circle: { self?: object; name: string } = { name: x(65) };
    circle.self = circle;
    expect(refusal({ clientInfo: circle })).toBeInstanceOf(Error);
    expect(refusal({ clientInfo: { count: 1n } })).toBeInstanceOf(TypeError);
  });
});

describe('a param of another kind than its limit is for', () => {
  it.each([
    { ref: null },
    { ref: 'ref/prompt' },
    { ref: [{ name: x(300) }] },
    { context: null },
    { context: 'arguments' },
    { argument: null },
    { argument: [x(300)] },
    { name: null },
    { uri: 7 },
    { cursor: 7 },
    { cursor: null },
  ])('%j is left to who serves the method', (params) => {
    expect(refusal(params)).toBeUndefined();
  });
});
