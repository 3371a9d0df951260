import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JSON_TYPE, STREAM_TYPE, acceptedTypes } from '../../../src/mcp/protocol/accepted-types.js';

/** What a client of this header gets. */
function forms(header: string | undefined): string {
  const accepted = acceptedTypes(header);
  const allowed = ([JSON_TYPE, STREAM_TYPE] as const).filter((type) => accepted.allows(type));
  const named = accepted.names(STREAM_TYPE) ? ' by name' : '';
  return allowed.join(' + ').replace(STREAM_TYPE, `stream${named}`).replace(JSON_TYPE, 'json');
}

const BOTH = 'json + stream by name';
const ANY = 'json + stream';

describe('acceptedTypes()', () => {
  it.each([
    [undefined, ANY],
    ['', ANY],
    [' , ,', ANY],
    ['*/*', ANY],
    ['application/json, text/event-stream', BOTH],
    ['text/event-stream,application/json', BOTH],
    ['APPLICATION/JSON, Text/Event-Stream', BOTH],
    ['application/json;charset=utf-8 , text/event-stream ; charset=UTF-8', BOTH],
    ['application/json', 'json'],
    ['application/*', 'json'],
    ['text/*', 'stream by name'],
    ['text/event-stream', 'stream by name'],
    ['application/json, text/plain, */*', ANY],
    ['application/json, text/event-stream;q=0', 'json'],
    ['*/*, text/event-stream;q=0', 'json'],
    ['*/*;q=0.1, application/json;q=0.000', 'stream'],
    ['text/event-stream, text/*;q=0', 'stream by name'],
    ['text/event-stream;q=0, text/*', ''],
    ['*/*;q=0', ''],
    ['text/html', ''],
    ['application/json-seq, text/event-streams', ''],
    ['application/jsonx', ''],
    ['json', ANY],
    ['*/json', ANY],
    ['*', ANY],
    ['application/json;q=2, text/html', ''],
    ['application/json;q=0.1234, text/html', ''],
    ['application/json;q=1.001, text/html', ''],
    ['application/json;q=, text/html', ''],
    ['application/json;q=1;q=0, text/html', ''],
    ['application/json; charset, text/html', ''],
    ['application/json;q=1., text/html', 'json'],
    ['application/json;Q=0.5;level=1', 'json'],
    ['application/json;seq=0', 'json'],
    ['application/json;q=0;seq=1', ''],
    ['application/json;;', 'json'],
    ['application/json, application/json;q=0', 'json'],
    ['application/json;q=0, application/json;profile=x', ''],
    ['text/html;title="a, application/json"', ''],
    ['text/html;title="\\", application/json", application/json', 'json'],
    ['application/json, text/html;title="open', 'json'],
    ['application /json, text/html', ''],
  ])('reads %j as %s', (header, expected) => {
    expect(forms(header)).toBe(expected);
  });

  it('reads at most 2,000 characters', () => {
    const html = 'text/html'.padEnd(2_000 - ', */*;q=0'.length);
    expect(forms(`${html}, */*;q=0`)).toBe('');
    expect(forms(`${html} , */*;q=0`)).toBe(ANY);
  });

  it('decides as a list of the ranges, written in any way', () => {
    fc.assert(
      fc.property(fc.array(ENTRY, { maxLength: 6 }), (entries) => {
        const accepted = acceptedTypes(entries.map(({ text }) => text).join(','));
        const valid = entries.filter(({ isValid }) => isValid);
        for (const type of [JSON_TYPE, STREAM_TYPE, 'text/html'] as const) {
          expect(accepted.allows(type)).toBe(valid.length === 0 || modelled(valid, type, true));
          expect(accepted.names(type)).toBe(modelled(valid, type, false));
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

interface Entry {
  readonly text: string;
  readonly range: string;
  readonly weight: number;
  readonly hasParameters: boolean;
  readonly isValid: boolean;
}

/** RFC 9110 §12.5.1: the most specific of the ranges that match decides. */
function modelled(entries: readonly Entry[], type: string, orAnything: boolean): boolean {
  const [main] = type.split('/');
  const ranges = [type, `${main}/*`, ...(orAnything ? ['*/*'] : [])];
  for (const range of ranges) {
    for (const hasParameters of [false, true]) {
      const found = entries.filter(
        (entry) => entry.range === range && entry.hasParameters === hasParameters,
      );
      if (found.length > 0) return found.some(({ weight }) => weight > 0);
    }
  }
  return false;
}

const RANGE = fc.constantFrom(
  'application/json',
  'text/event-stream',
  'text/html',
  'image/png',
  'application/*',
  'text/*',
  '*/*',
);
const SPACE = fc.constantFrom('', ' ', '\t', '  ');
const WEIGHT = fc.constantFrom(
  ...['1', '1.0', '1.000', '0.5', '0.001', '0.', '0', '0.0', '0.000'].map((text) => ({
    text,
    isValid: true,
  })),
  ...['2', '1.5', '-1', 'high', '0.0001', '.5', ''].map((text) => ({ text, isValid: false })),
);
const PARAMETER = fc.constantFrom(
  ...['charset=utf-8', 'level=1', 'title="a, b; c=\\"d\\""', 'v=""'].map((text) => ({
    text,
    isValid: true,
  })),
  ...['charset', 'a b=c', 'x=/', '=y'].map((text) => ({ text, isValid: false })),
);

/** A text with the case of each letter as the bits say. */
const inCase = (text: string, bits: number): string =>
  [...text].map((letter, at) => ((bits >> (at % 30)) & 1 ? letter.toUpperCase() : letter)).join('');

const ENTRY: fc.Arbitrary<Entry> = fc
  .record({
    range: RANGE,
    bits: fc.nat(),
    space: SPACE,
    parameters: fc.array(PARAMETER, { maxLength: 2 }),
    weight: fc.option(WEIGHT, { nil: undefined }),
    spoiled: fc.constantFrom('', '', '', '', '/', ' x', '(', 'é'),
  })
  .map(({ range, bits, space, parameters, weight, spoiled }) => {
    const parts = [
      inCase(range, bits) + spoiled,
      ...parameters.map(({ text }) => text),
      ...(weight ? [`${bits % 2 === 0 ? 'q' : 'Q'}=${weight.text}`] : []),
    ];
    return {
      text: space + parts.join(`${space};${space}`) + space,
      range,
      weight: weight ? Number(weight.text) : 1,
      hasParameters: parameters.length > 0,
      isValid: spoiled === '' && [...parameters, weight].every((one) => one?.isValid !== false),
    };
  });
