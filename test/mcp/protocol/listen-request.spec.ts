import { describe, expect, it } from 'vitest';
import {
  canonicalListenRequest,
  trimListenRequest,
} from '../../../src/mcp/protocol/listen-request.js';
import { DEFAULT_MCP_LIMITS } from '../../../src/mcp/protocol/mcp-limits.js';
import { readMessages, type McpMessage } from '../../../src/mcp/protocol/read-messages.js';

function listen(params: unknown, more: object = {}): McpMessage {
  const body = { jsonrpc: '2.0', id: 7, method: 'subscriptions/listen', params, ...more };
  const [message] = readMessages(body, DEFAULT_MCP_LIMITS).messages;
  if (!message) throw new Error('There is no message.');
  return message;
}

const NOTIFICATIONS = {
  toolsListChanged: true,
  promptsListChanged: true,
  resourcesListChanged: true,
  resourceSubscriptions: ['x://a'],
  taskIds: ['t'],
};

describe('trimListenRequest', () => {
  it('keeps what the stream needs, and nothing else', () => {
    const params = { _meta: { a: 1 }, notifications: NOTIFICATIONS };
    const trimmed = trimListenRequest(
      listen(
        { ...params, filler: 'x', notifications: { ...NOTIFICATIONS, filler: 'x' } },
        { more: 1 },
      ),
    );
    expect(trimmed.json).toEqual({ jsonrpc: '2.0', id: 7, method: 'subscriptions/listen', params });
    expect(trimmed.params).toEqual(params);
    expect(trimmed.targets).toEqual([{ kind: 'resource', key: 'x://a' }]);
  });

  it('adds no member', () => {
    const { json } = trimListenRequest(listen({ notifications: {} }));
    expect(Object.keys(json?.['params'] as object)).toEqual(['notifications']);
  });

  it.each([[{ filler: 'x' }], [{ notifications: 7, filler: 'x' }], [undefined]])(
    'returns %j as it is',
    (params) => {
      const message = listen(params);
      expect(trimListenRequest(message)).toBe(message);
    },
  );
});

describe('canonicalListenRequest', () => {
  const canonical = (uri: string) => uri.toLowerCase();

  it('names each URI once, in its canonical form', () => {
    const message = listen({
      notifications: { ...NOTIFICATIONS, resourceSubscriptions: ['x://A', 'x://a', 'X://b', 7] },
      more: 1,
    });
    const { params, json } = canonicalListenRequest(message, canonical);
    const notifications = { ...NOTIFICATIONS, resourceSubscriptions: ['x://a', 'x://b'] };
    expect(params).toEqual({ notifications, more: 1 });
    expect(json).toEqual({ ...message.json, params });
  });

  it.each([[{}], [{ notifications: 7 }], [{ notifications: { resourceSubscriptions: 'x://a' } }]])(
    'returns %j as it is',
    (params) => {
      const message = listen(params);
      expect(canonicalListenRequest(message, canonical)).toBe(message);
    },
  );
});
