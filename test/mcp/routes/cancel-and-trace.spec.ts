import { Controller, Get, Req, Res } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { call, rpc, within } from '../fixtures.js';
import { ADAPTERS, routeApp } from './route-app.js';

interface NodeRequest {
  readonly raw?: NodeRequest;
  readonly headers: Record<string, string>;
  once(event: 'aborted' | 'close', listener: () => void): void;
}

/** A promise, and what resolves it. */
function signal() {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve: () => resolve() };
}

describe.each(ADAPTERS)('A call of a route that ends early, on %s', (adapter) => {
  const slowRoute = () => {
    const started = signal();
    const closed = signal();
    @Controller('slow')
    class Slow {
      @McpTool({ description: 'Waits', limits: { timeoutMs: 250 } })
      @Get('limited')
      limited(@Req() request: NodeRequest, @Res() reply: object) {
        return this.wait(request, reply);
      }
      @McpTool({ description: 'Waits for ever' })
      @Get()
      wait(@Req() request: NodeRequest, @Res() _reply: object) {
        (request.raw ?? request).once('aborted', () => closed.resolve());
        started.resolve();
        return new Promise(() => undefined);
      }
    }
    return { started: started.promise, closed: closed.promise, Slow };
  };

  it('aborts the request of the route when the client disconnects', async () => {
    const { started, closed, Slow } = slowRoute();
    const { url, log } = await routeApp(adapter, [Slow]);
    const client = new AbortController();
    const answer = rpc(
      url,
      'tools/call',
      { name: 'wait', arguments: {} },
      { as: 'alice', signal: client.signal },
    );
    const ended = expect(answer).rejects.toThrow();
    await within(started, 'the route');
    client.abort();
    await ended;
    await within(closed, 'the end of the request of the route');
    expect(log.errors).toEqual([]);
  });

  it('aborts the request of the route when the call times out', async () => {
    const { closed, Slow } = slowRoute();
    const { url, log } = await routeApp(adapter, [Slow]);
    const { result } = await call(url, 'limited');
    expect(result).toMatchObject({ isError: true });
    expect(result?.content[0]?.text).toContain('did not finish within 0.25 seconds');
    await within(closed, 'the end of the request of the route');
    expect(log.errors).toEqual([]);
  });
});

describe.each(ADAPTERS)('The trace of a call of a route, on %s', (adapter) => {
  const TRACE = '0af7651916cd43dd8448eb211c80319c';
  const traceparent = `00-${TRACE}-b7ad6b7169203331-01`;
  @Controller('traced')
  class Traced {
    @McpTool({ description: 'The trace' })
    @Get()
    trace(@Req() { headers }: NodeRequest) {
      const { traceparent: parent = '', tracestate = '', baggage = '' } = headers;
      return { parent, tracestate, baggage };
    }
  }

  it('reaches the route as headers', async () => {
    const { url } = await routeApp(adapter, [Traced]);
    const _meta = { traceparent, tracestate: 'a=1', baggage: 'b=2' };
    const params = { name: 'trace', arguments: {}, _meta };
    const response = await rpc(url, 'tools/call', params, { as: 'alice' });
    expect(await response.json()).toMatchObject({
      result: { structuredContent: { parent: traceparent, tracestate: 'a=1', baggage: 'b=2' } },
    });
    const headers = { traceparent };
    const { result } = await call(url, 'trace', {}, { headers });
    expect(result?.structuredContent).toEqual({ parent: traceparent, tracestate: '', baggage: '' });
  });

  it('is dropped where it is malformed, and adds no header', async () => {
    const { url } = await routeApp(adapter, [Traced]);
    const textOf = async (_meta: object) => {
      const params = { name: 'trace', arguments: {}, _meta };
      const response = await rpc(url, 'tools/call', params, { as: 'alice' });
      return ((await response.json()) as any).result.structuredContent;
    };
    expect(await textOf({ traceparent: `${traceparent}\r\nauthorization: Bearer x` })).toEqual({
      parent: '',
      tracestate: '',
      baggage: '',
    });
    const state = { traceparent, tracestate: 'a=\r\nx: y', baggage: 'b'.repeat(600) };
    expect(await textOf(state)).toEqual({ parent: traceparent, tracestate: '', baggage: '' });
  });
});
