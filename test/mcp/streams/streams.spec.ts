import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Public } from '../../../src/access/access.decorators.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { OpenStreams } from '../../../src/mcp/server/open-streams.js';
import { principal, rpc, startMcpApp } from '../fixtures.js';
import { openSession } from '../server/session-client.js';

@Public()
@Injectable()
class Tools {
  @McpTool({ description: 'Answers' })
  ping() {
    return 'pong';
  }
}

/** The part of a response that is watched. */
class FakeResponse extends EventEmitter {
  destroyed = false;
  ended = false;

  end(): void {
    this.ended = true;
    this.close();
  }

  close(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

const response = () => new FakeResponse() as FakeResponse & ServerResponse;

describe('OpenStreams', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('has room for as many streams of one principal as it may', () => {
    const streams = new OpenStreams(2);
    const ada = principal('ada');
    const first = response();
    streams.track(first, ada);
    expect(streams.hasRoomFor(ada)).toBe(true);
    streams.track(response(), ada);
    expect(streams.hasRoomFor(ada)).toBe(false);
    expect(streams.hasRoomFor(principal('grace'))).toBe(true);
    first.close();
    expect(streams.hasRoomFor(ada)).toBe(true);
  });

  it('gives anonymous callers a share together', () => {
    const streams = new OpenStreams(1);
    for (let open = 0; open < 8; open += 1) {
      expect(streams.hasRoomFor(undefined)).toBe(true);
      streams.track(response(), undefined);
    }
    expect(streams.hasRoomFor(undefined)).toBe(false);
  });

  it('counts a person once, through whatever clients', () => {
    const streams = new OpenStreams(2);
    for (const clientId of ['one', 'two']) {
      streams.track(response(), { ...principal('ada'), clientId });
    }
    expect(streams.hasRoomFor({ ...principal('ada'), clientId: 'three' })).toBe(false);
  });

  it('gives one address a quarter of the anonymous share, where it is known', () => {
    const streams = new OpenStreams(1);
    const first = response();
    for (const stream of [first, response()]) streams.track(stream, undefined, '192.0.2.1');
    expect(streams.hasRoomFor(undefined, '192.0.2.1')).toBe(false);
    expect(streams.hasRoomFor(undefined, '192.0.2.2')).toBe(true);
    expect(streams.hasRoomFor(undefined)).toBe(true);
    expect(streams.hasRoomFor(principal('ada'), '192.0.2.1')).toBe(true);
    first.close();
    expect(streams.hasRoomFor(undefined, '192.0.2.1')).toBe(true);
  });

  it('keeps nothing of a stream that is over, or was before it was tracked', () => {
    const streams = new OpenStreams(1);
    const gone = response();
    gone.close();
    streams.track(gone, principal('ada'));
    const open = response();
    streams.track(open, principal('ada'));
    expect(streams.size).toBe(1);
    open.close();
    expect(streams.size).toBe(0);
  });

  it('ends a stream when the token that opened it expires, and not before', () => {
    const streams = new OpenStreams(1);
    const stream = response();
    streams.track(stream, { ...principal('ada'), expiresAt: Date.now() + 60_000 });
    vi.advanceTimersByTime(59_999);
    expect(stream.ended).toBe(false);
    vi.advanceTimersByTime(1);
    expect(stream.ended).toBe(true);
    expect(streams.size).toBe(0);
  });

  it('waits longer than a timer of Node can', () => {
    const streams = new OpenStreams(1);
    const stream = response();
    const month = 31 * 24 * 3_600_000;
    streams.track(stream, { ...principal('ada'), expiresAt: Date.now() + month });
    vi.advanceTimersByTime(month - 1);
    expect(stream.ended).toBe(false);
    vi.advanceTimersByTime(1);
    expect(stream.ended).toBe(true);
  });
});

describe('an endpoint', () => {
  it('answers 429 to one stream too many of a principal, in either era', async () => {
    const { app, url } = await startMcpApp([Tools], { maxStreamsPerPrincipal: 1 });
    const session = await openSession(url, 'ada');
    const other = await openSession(url, 'ada');
    const open = await session.listen('ada');
    expect(open.status).toBe(200);
    expect((await other.listen('ada')).status).toBe(429);
    const listen = { notifications: { toolsListChanged: true } };
    expect((await rpc(url, 'subscriptions/listen', listen, { as: 'ada' })).status).toBe(429);
    const grace = await rpc(url, 'subscriptions/listen', listen, { as: 'grace' });
    expect(grace.status).toBe(200);
    await open.body?.cancel();
    await grace.body?.cancel();
    await app.close();
  });

  it('counts the streams of an address that it can trust, and of no other', async () => {
    const { app, url } = await startMcpApp([Tools], { maxStreamsPerPrincipal: 1 });
    const params = { notifications: { toolsListChanged: true } };
    const open: Response[] = [];
    const listen = async (headers: Record<string, string> = {}) => {
      const response = await rpc(url, 'subscriptions/listen', params, { headers });
      if (response.status === 200) open.push(response);
      return response.status;
    };
    expect([await listen(), await listen(), await listen()]).toEqual([200, 200, 429]);
    const forwarded = { 'x-forwarded-for': '203.0.113.7' };
    expect([await listen(forwarded), await listen(forwarded)]).toEqual([200, 200]);
    for (const { body } of open) await body?.cancel();
    await app.close();
  });

  it('serves older clients request by request where it is told to', async () => {
    const { app, url } = await startMcpApp([Tools], { legacy: 'stateless' });
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: CLIENT };
    const greeting = await rpc(url, 'initialize', params, { era: 'legacy' });
    expect(greeting.headers.get('mcp-session-id')).toBeNull();
    expect(await greeting.json()).toMatchObject({ result: { protocolVersion: '2025-11-25' } });
    const call = await rpc(url, 'tools/call', { name: 'ping' }, { era: 'legacy' });
    expect(await call.json()).toMatchObject({ result: { content: [{ text: 'pong' }] } });
    const stream = await fetch(url, { headers: { accept: 'text/event-stream' } });
    expect([stream.status, stream.headers.get('allow')]).toEqual([405, 'POST']);
    await app.close();
  });

  it('refuses older clients where it is told to, and names what it speaks', async () => {
    const { app, url } = await startMcpApp([Tools], { legacy: 'reject' });
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: CLIENT };
    const greeting = await rpc(url, 'initialize', params, { era: 'legacy' });
    expect(greeting.status).toBe(400);
    expect(await greeting.json()).toMatchObject({
      error: { code: -32022, data: { supported: ['2026-07-28'] } },
    });
    expect((await rpc(url, 'tools/call', { name: 'ping' })).status).toBe(200);
    await app.close();
  });
});

const CLIENT = { name: 'raw', version: '1' };
