import * as fc from 'fast-check';

/** Values that JSON writes in a way of their own, or leaves out. */
const ODD: readonly (readonly unknown[])[] = [
  [undefined, null, Number.NaN, Infinity, -0, 1e21, 2 ** 53, true, '', '\ud800x', '\u2028'],
  [new Date(0), new Date(Number.NaN), Symbol('x'), () => 1, /x/, new Map([[1, 2]]), new Error('x')],
  [[], [undefined, 1], {}, { '2': 1, '1': 2, b: undefined }, Object.create(null), Buffer.from('x')],
  [JSON.parse('{"__proto__":{"a":1},"b":2}'), { toJSON: () => ({ other: 1 }) }],
  [Object.create({ inherited: 1 }, { hidden: { value: 1 }, seen: { value: 2, enumerable: true } })],
  [{ [Symbol('key')]: 1 }, 'x'.repeat(100_000)],
];
const odd = fc.constantFrom(...ODD.flat());

/** Mostly what is good, and now and then something else. */
const often = (good: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 12, arbitrary: good }, { weight: 1, arbitrary: odd });

const text = fc.string({ unit: 'binary', maxLength: 8 });
const meta = fc.oneof(
  fc.dictionary(fc.constantFrom('a', '1', 'x/y', 'toJSON', 'progressToken'), fc.oneof(odd, text), {
    maxKeys: 3,
  }),
  fc.constantFrom<object>(
    JSON.parse('{"__proto__":1,"a":2}'),
    { 'io.modelcontextprotocol/serverInfo': { name: 'x', version: '1' } },
    { 'io.modelcontextprotocol/serverInfo': undefined },
    { 'io.modelcontextprotocol/related-task': { taskId: 'x', more: 1 } },
  ),
);
const annotations = shuffled(
  {},
  {
    audience: fc.constantFrom(['user'], ['assistant', 'user'], []),
    priority: fc.constantFrom(0, 0.5, -0, 1),
    lastModified: fc.constant('2026-01-01T00:00:00Z'),
    more: odd,
  },
);
const about = { annotations, _meta: meta };
const uri = fc.constantFrom('x:y', '', 'é');
const mimeType = fc.constantFrom('text/plain', '');
const data = fc.constantFrom('', 'AAAA', 'AA==');

const contents = fc.oneof(
  shuffled({ uri, text }, { mimeType, _meta: meta, more: odd }),
  shuffled({ uri, blob: data }, { mimeType, _meta: meta, text }),
);

const block = fc.oneof(
  shuffled({ type: fc.constant('text'), text }, {}),
  shuffled({ type: fc.constant('text'), text }, { ...about, more: odd }),
  shuffled({ type: fc.constantFrom('image', 'audio'), data, mimeType }, { ...about, text }),
  shuffled({ type: fc.constant('resource'), resource: contents }, { ...about, uri }),
  shuffled({ type: fc.constant('resource_link'), uri, name: text }, { ...about, title: text }),
);

/** What a tool may return. */
export const toolResults: fc.Arbitrary<unknown> = fc.oneof(
  odd,
  fc.array(block, { minLength: 1, maxLength: 3 }),
  shuffled(
    { content: often(fc.array(block, { maxLength: 2 })) },
    {
      isError: fc.boolean(),
      _meta: often(meta),
      structuredContent: fc.oneof(fc.dictionary(text, odd, { maxKeys: 2 }), odd),
      resultType: fc.constantFrom('complete', 'other', undefined),
      more: odd,
    },
  ),
);

/** What a prompt may return. */
export const promptResults: fc.Arbitrary<unknown> = fc.oneof(
  often(text),
  often(fc.array(message(), { maxLength: 2 })),
  shuffled(
    { messages: often(fc.array(message(), { maxLength: 2 })) },
    { description: often(text), _meta: often(meta), resultType: text, more: odd },
  ),
);

/** What a resource may return. */
export const readResults: fc.Arbitrary<unknown> = fc.oneof(
  often(text),
  often(fc.array(contents, { maxLength: 2 })),
  fc.uint8Array({ maxLength: 5 }),
  shuffled(
    { contents: often(fc.array(contents, { maxLength: 2 })) },
    {
      _meta: often(meta),
      ttlMs: fc.constantFrom(5, -1, 'x'),
      cacheScope: fc.constantFrom('public', 'x'),
      resultType: fc.constantFrom('complete', 'other', undefined),
      more: odd,
    },
  ),
);

function message(): fc.Arbitrary<object> {
  const role = fc.constantFrom('user', 'assistant');
  return shuffled({ role, content: often(block) }, { more: odd });
}

/** An object with these members and some of those, in any order; now and then an unusual object. */
function shuffled(
  always: Readonly<Record<string, fc.Arbitrary<unknown>>>,
  sometimes: Readonly<Record<string, fc.Arbitrary<unknown>>>,
): fc.Arbitrary<object> {
  const names = Object.keys(sometimes);
  return fc
    .tuple(
      fc.record(always, { noNullPrototype: true }),
      fc.record(sometimes, { noNullPrototype: true }),
      fc.subarray(names, { maxLength: Math.min(2, names.length) }),
      fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
      fc.constantFrom(...Array<string>(12).fill('plain'), 'null', 'class', 'hidden'),
    )
    .map(([fixed, optional, chosen, order, form]) => {
      const some = chosen.map((name) => [name, optional[name]] as const);
      const members = [...Object.entries(fixed), ...some]
        .map((member, at) => ({ member, at: order[at] ?? at }))
        .toSorted((one, other) => one.at - other.at)
        .map(({ member }) => member);
      const made: object = Object.fromEntries(members);
      if (form === 'null') return Object.assign(Object.create(null), made);
      if (form === 'class') return Object.assign(new Converted(), made);
      return form === 'hidden' ? Object.defineProperty(made, 'hidden', { value: 1 }) : made;
    });
}

class Converted {
  toJSON(): object {
    return { converted: true };
  }
}
