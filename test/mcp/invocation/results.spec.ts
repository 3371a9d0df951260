import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { of, timer } from 'rxjs';
import { map } from 'rxjs/operators';
import * as z from 'zod';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { call, startMcpApp, type McpApp } from '../fixtures.js';

class Point {
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}

  get length() {
    return Math.hypot(this.x, this.y);
  }
}

const values: Record<string, () => unknown> = {
  text: () => 'plain',
  empty: () => '',
  number: () => 42,
  zero: () => 0,
  no: () => false,
  nothing: () => undefined,
  null: () => null,
  object: () => ({ a: 1, nested: { b: [2] }, left: undefined }),
  instance: () => new Point(3, 4),
  date: () => new Date(0),
  inside: () => ({ at: new Date(0) }),
  array: () => [1, 'two'],
  emptyArray: () => [],
  blocks: () => [
    { type: 'text', text: 'one' },
    { type: 'image', data: 'AAAA', mimeType: 'image/png' },
  ],
  whole: () => ({ content: [{ type: 'text', text: 'whole' }], isError: true }),
  image: () => [
    { type: 'text', text: 'x' },
    { type: 'image', data: 'aGk=' },
  ],
  wholeImage: () => ({ content: [{ type: 'image', data: 'aGk=' }] }),
  audio: () => [{ type: 'audio', data: Buffer.from('x'), mimeType: 'audio/wav' }],
  blob: () => [{ type: 'resource', resource: { blob: 'aGk=' } }],
  pictures: () => [{ type: 'image', url: 'https://api.test/1.png' }],
  page: () => ({ id: 7, title: 'A page without blocks', content: [] }),
  almostWhole: () => ({ content: ['chapter one'], title: 'A book' }),
  promise: async () => 'later',
  observable: () => of('first', 'last'),
  slowObservable: () => timer(5).pipe(map(() => ({ late: true }))),
  function: () => () => 1,
  map: () => new Map([['a', 1]]),
  set: () => ({ tags: new Set(['a']) }),
  error: () => ({ cause: new Error('x') }),
  generator: () => [1].values(),
  notANumber: () => ({ mean: Number.NaN }),
  bytes: () => ({ image: Buffer.from('x') }),
  promiseInside: () => ({ later: Promise.resolve(1) }),
  wholeWithMap: () => ({ content: [], structuredContent: { tags: new Map() } }),
  bigint: () => ({ n: 1n }),
  circular: () => {
    const knot: Record<string, unknown> = {};
    knot['self'] = knot;
    return knot;
  },
};

class Tools {
  @McpTool({ description: 'Returns a value', input: z.object({ value: z.string() }) })
  give({ value }: { value: string }) {
    return values[value]?.();
  }

  @McpTool({
    description: 'Returns what its schema says, or does not',
    input: z.object({ value: z.unknown() }),
    output: z.object({ id: z.number(), tags: z.array(z.string()).default([]) }),
  })
  declared({ value }: { value?: unknown }) {
    return value as { id: number };
  }

  @McpTool({
    description: 'Declares a value that looks like a whole result',
    output: z.object({ content: z.array(z.string()), secret: z.string().optional() }),
  })
  lookalike() {
    return { content: [] };
  }

  @McpTool({ description: 'Declares a list', output: z.array(z.number()) })
  list() {
    return [1, 2];
  }

  @McpTool({ description: 'May return nothing', output: z.object({}).optional() })
  perhaps() {
    return undefined;
  }

  @McpTool({ description: 'Calls its own method' })
  outer() {
    return `outer of ${this.inner()}`;
  }

  @McpTool({ description: 'Is called by another' })
  inner() {
    return this.helper();
  }

  private helper() {
    return 'inner';
  }
}

let mcp: McpApp;
const give = (value: string) => call(mcp.url, 'give', { value });
const declared = (value: unknown) => call(mcp.url, 'declared', { value });
const INTERNAL = 'Internal error. The log of the server has the details.';

beforeAll(async () => {
  mcp = await startMcpApp([Tools]);
});
afterAll(() => mcp.app.close());

describe('what a handler returns', () => {
  it.each([
    ['text', 'plain'],
    ['empty', ''],
    ['number', '42'],
    ['zero', '0'],
    ['no', 'false'],
    ['array', '[1,"two"]'],
    ['pictures', '[{"type":"image","url":"https://api.test/1.png"}]'],
    ['emptyArray', '[]'],
    ['date', '1970-01-01T00:00:00.000Z'],
    ['promise', 'later'],
    ['observable', 'last'],
  ])('becomes text: %s', async (value, text) => {
    expect((await give(value)).result).toMatchObject({ content: [{ type: 'text', text }] });
    expect((await give(value)).result).not.toHaveProperty('structuredContent');
  });

  it.each(['nothing', 'null'])('may be nothing to show: %s', async (value) => {
    const { result } = await give(value);
    expect(result?.content).toEqual([]);
    expect(result?.isError).toBeFalsy();
  });

  it.each([
    ['object', { a: 1, nested: { b: [2] } }],
    ['instance', { x: 3, y: 4 }],
    ['inside', { at: '1970-01-01T00:00:00.000Z' }],
    ['slowObservable', { late: true }],
    ['page', { id: 7, title: 'A page without blocks', content: [] }],
    ['almostWhole', { content: ['chapter one'], title: 'A book' }],
  ])('becomes structured content beside its JSON text: %s', async (value, expected) => {
    const { result, text } = await give(value);
    expect(result?.structuredContent).toEqual(expected);
    expect(JSON.parse(text ?? '')).toEqual(expected);
  });

  it('may be content blocks', async () => {
    const { result } = await give('blocks');
    expect(result?.content).toEqual(values['blocks']?.());
  });

  it('may be a whole result', async () => {
    expect((await give('whole')).result).toMatchObject({
      content: [{ type: 'text', text: 'whole' }],
      isError: true,
    });
  });

  it.each([
    ['bigint', 'n a bigint'],
    ['circular', 'self an object that contains itself'],
    ['function', '(result) a function'],
    ['map', '(result) a Map'],
    ['set', 'tags a Set'],
    ['error', 'cause an Error'],
    ['generator', '(result) a generator or an iterator'],
    ['notANumber', 'mean NaN'],
    ['bytes', 'image bytes'],
    ['promiseInside', 'later a Promise'],
    ['image', '[1] a content block of the type image that has no mimeType'],
    ['wholeImage', 'content[0] a content block of the type image that has no mimeType'],
    ['audio', '[0] a content block of the type audio that is not valid'],
    ['blob', '[0] a content block of the type resource that is not valid'],
    ['wholeWithMap', 'structuredContent.tags a Map'],
  ])('is a bug where JSON would lose it: %s', async (value, where) => {
    const before = mcp.log.errors.length;
    expect(await give(value)).toMatchObject({ text: INTERNAL, result: { isError: true } });
    const [logged, ...more] = mcp.log.errors.slice(before);
    expect(more).toEqual([]);
    expect(logged).toContain('Tools.give failed');
    expect(logged).toContain(`Tools.give returned at ${where}`);
  });

  it('may come from another tool of the class, which is then an ordinary method', async () => {
    expect((await call(mcp.url, 'outer')).text).toBe('outer of inner');
  });
});

describe('what a handler returns under an output schema', () => {
  it('is validated, completed, and stripped of what the schema does not know', async () => {
    const { result, text } = await declared({ id: 1, password: 'hunter2' });
    expect(result?.structuredContent).toEqual({ id: 1, tags: [] });
    expect(JSON.parse(text ?? '')).toEqual({ id: 1, tags: [] });
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  it.each([
    ['a wrong type', { id: 'secret-id' }],
    ['nothing', null],
    ['another kind of value', 'text'],
    [
      'a whole result with other structured content',
      { content: [], structuredContent: { id: 'x' } },
    ],
    ['a whole result without structured content', { content: [{ type: 'text', text: 'x' }] }],
  ])('hides a mismatch from the caller and logs it without values: %s', async (_, value) => {
    const before = mcp.log.errors.length;
    expect(await declared(value)).toMatchObject({ text: INTERNAL, result: { isError: true } });
    const [logged = '', ...more] = mcp.log.errors.slice(before);
    expect(more).toEqual([]);
    expect(logged).toContain('Tools.declared returned a value that its output schema refuses');
    expect(logged).not.toContain('secret-id');
  });

  it('may be a whole result, whose structured content is validated', async () => {
    const content = [{ type: 'text', text: 'seven' }];
    const whole = { content, structuredContent: { id: 7, more: true } };
    expect((await declared(whole)).result).toMatchObject({
      content,
      structuredContent: { id: 7, tags: [] },
    });
    expect((await declared(whole)).result?.structuredContent).not.toHaveProperty('more');
  });

  it('may be a whole result that is an error, which needs no structured content', async () => {
    const failed = { content: [{ type: 'text', text: 'No such note.' }], isError: true };
    expect((await declared(failed)).result).toMatchObject(failed);
  });

  it('is the value, where a value looks like a whole result', async () => {
    expect((await call(mcp.url, 'lookalike')).result?.structuredContent).toEqual({ content: [] });
  });

  it('may be any JSON value in 2026-07-28', async () => {
    expect((await call(mcp.url, 'list')).result?.structuredContent).toEqual([1, 2]);
  });

  it('is a bug where the schema lets pass what JSON cannot say', async () => {
    expect((await call(mcp.url, 'perhaps')).text).toBe(INTERNAL);
  });
});
