const REVISION = '2026-07-28';

/** A list of the tools for an anonymous caller. */
export const ANONYMOUS_LIST: RequestInit = requestOf('tools/list', {}, undefined);

/** A stream without an end. */
export function listenRequest(token: string | undefined): RequestInit {
  return requestOf('subscriptions/listen', { notifications: { toolsListChanged: true } }, token);
}

/** The method does not matter, because the server verifies the token first. */
export const BAD_TOKEN: RequestInit = {
  method: 'POST',
  headers: {
    authorization: 'Bearer doctor',
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
  },
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
};

function requestOf(method: string, params: object, token: string | undefined): RequestInit {
  return {
    method: 'POST',
    headers: {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-protocol-version': REVISION,
      'mcp-method': method,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method,
      params: {
        ...params,
        _meta: {
          'io.modelcontextprotocol/protocolVersion': REVISION,
          'io.modelcontextprotocol/clientInfo': {
            name: 'nestjs-clerk-mcp doctor',
            version: '1.0.0',
          },
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    }),
  };
}
