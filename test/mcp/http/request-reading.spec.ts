import { describe, expect, it } from 'vitest';
import { readRequest } from '../../../src/mcp/http/request-reading.js';
import type { HttpRequest } from '../../../src/mcp/http/raw-http.js';
import { resolveMcpLimits, type McpLimits } from '../../../src/mcp/protocol/mcp-limits.js';

/** A request whose body somebody else has parsed, such as a parser of the application. */
const read = (body: unknown, limits: McpLimits = {}) => {
  const request = { raw: {}, body } as unknown as HttpRequest;
  return { request, reading: readRequest(request, resolveMcpLimits(limits)) };
};

const message = (params: object, method = 'tools/call') => ({
  jsonrpc: '2.0',
  id: 1,
  method,
  params,
});

describe('a body that was parsed before it could be watched', () => {
  it('is refused for its nesting', () => {
    const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
    expect(() => read(message({ x: deep(8) }), { nesting: 10 })).not.toThrow();
    expect(() => read(message({ x: deep(9) }), { nesting: 10 })).toThrow('more than 10 levels');
  });

  it('is refused for the number of its values', () => {
    const wide = (count: number) => message({ x: Array.from({ length: count }, () => 1) });
    expect(() => read(wide(95), { values: 100 })).not.toThrow();
    expect(() => read(wide(96), { values: 100 })).toThrow('more than 100 values');
  });
});

describe('a request that opens a stream', () => {
  it('is kept with what the stream needs, and nothing else', () => {
    const notifications = { toolsListChanged: true, resourceSubscriptions: ['a://b'] };
    const kept = message({ _meta: { a: 1 }, notifications }, 'subscriptions/listen');
    const { request, reading } = read({
      ...message(
        { _meta: { a: 1 }, notifications: { ...notifications, filler: 'x' }, filler: 'x' },
        'subscriptions/listen',
      ),
      filler: 'x',
    });
    expect(request.body).toEqual(kept);
    expect(JSON.stringify(reading)).not.toContain('filler');
  });
});
