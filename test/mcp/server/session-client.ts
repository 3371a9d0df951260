import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SdkPath } from '../../../src/mcp/server/sdk-path.js';
import { rpc } from '../fixtures.js';

/** Opens a session by hand, and speaks on it as anybody. */
export async function openSession(
  url: string,
  as?: string,
  protocolVersion = '2025-11-25',
  capabilities = {},
): Promise<RawSession> {
  const params = { protocolVersion, capabilities, clientInfo: { name: 'raw', version: '1' } };
  const response = await rpc(url, 'initialize', params, { era: 'legacy', as });
  return new RawSession(url, response.headers.get('mcp-session-id') ?? '', await response.text());
}

export class RawSession {
  constructor(
    private readonly url: string,
    readonly id: string,
    /** What `initialize` was answered with. */
    readonly greeting: string,
  ) {}

  /** Sends a request of this session. */
  send(method: string, params: object = {}, as?: string): Promise<Response> {
    const headers = { 'mcp-session-id': this.id };
    return rpc(this.url, method, { ...params }, { era: 'legacy', as, headers });
  }

  call(name: string, args: object = {}, as?: string): Promise<Response> {
    return this.send('tools/call', { name, arguments: args }, as);
  }

  /** Opens the stream of the session. */
  listen(as?: string, signal?: AbortSignal): Promise<Response> {
    return fetch(this.url, { headers: this.headers(as), ...(signal && { signal }) });
  }

  delete(as?: string): Promise<Response> {
    return fetch(this.url, { method: 'DELETE', headers: this.headers(as) });
  }

  private headers(as: string | undefined): Record<string, string> {
    return {
      accept: 'text/event-stream',
      'mcp-session-id': this.id,
      ...(as !== undefined && { authorization: `Bearer ${as}` }),
    };
  }
}

/** How many sessions the endpoint holds. */
export function sessionCount(app: NestFastifyApplication): number {
  return Reflect.get(app.get(SdkPath), 'sessions').size;
}
