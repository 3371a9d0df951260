import type { INestApplication } from '@nestjs/common';
import { MemoryBudget } from '../../../src/mcp/protocol/memory-budget.js';
import { SdkPath } from '../../../src/mcp/server/sdk-path.js';
import { messagesIn } from '../answer.js';
import { openSession } from './session-client.js';

/** A session whose messages the test writes by hand. */
export class WireSession {
  private constructor(
    private readonly url: string,
    readonly id: string,
    private readonly version: string,
    private readonly as: string | undefined,
  ) {}

  static async open(
    url: string,
    version = '2025-11-25',
    as = 'alice',
    capabilities = {},
  ): Promise<WireSession> {
    const { id } = await openSession(url, as, version, capabilities);
    return new WireSession(url, id, version, as);
  }

  headers(as = this.as): Record<string, string> {
    return {
      'mcp-session-id': this.id,
      'mcp-protocol-version': this.version,
      ...(as !== undefined && { authorization: `Bearer ${as}` }),
    };
  }

  post(body: unknown, { as = this.as, signal }: { as?: string; signal?: AbortSignal } = {}) {
    return fetch(this.url, {
      method: 'POST',
      headers: {
        ...this.headers(as),
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    });
  }

  cancel(requestId: string | number, as = this.as): Promise<Response> {
    return this.post(cancelled(requestId), { ...(as !== undefined && { as }) });
  }

  get(lastEventId?: string, as = this.as): Promise<Response> {
    return fetch(this.url, {
      headers: {
        ...this.headers(as),
        accept: 'text/event-stream',
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      },
    });
  }

  delete(): Promise<Response> {
    return fetch(this.url, { method: 'DELETE', headers: this.headers() });
  }
}

export const cancelled = (requestId: unknown) => ({
  jsonrpc: '2.0',
  method: 'notifications/cancelled',
  params: { requestId },
});

/** What a response says, while it is read. */
export class Reading {
  text = '';
  readonly ended: Promise<void>;
  private readonly reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  constructor(readonly response: Response) {
    this.reader = response.body?.getReader();
    this.ended = this.read();
  }

  /** The messages, of a stream or of one JSON body. */
  get messages(): any[] {
    if (!this.text.startsWith('{') && !this.text.startsWith('[')) return messagesIn(this.text);
    return [JSON.parse(this.text)].flat();
  }

  get ids(): string[] {
    return [...this.text.matchAll(/^id: (.+)$/gm)].map(([, id = '']) => id);
  }

  /** Drops the connection. */
  async drop(): Promise<void> {
    await this.reader?.cancel().catch(() => undefined);
  }

  private async read(): Promise<void> {
    const decoder = new TextDecoder();
    for (;;) {
      const next = await this.reader?.read().catch(() => undefined);
      if (!next || next.done) return;
      this.text += decoder.decode(next.value, { stream: true });
    }
  }
}

/** What an endpoint holds for its callers. */
export function heldBy(app: INestApplication, sessionId: string) {
  const session = app.get(SdkPath).sessions.all.find(({ id }) => id === sessionId);
  const { bodies, answers } = app.get(MemoryBudget, { strict: false });
  return {
    calls: session?.transport.calls.size,
    exchanges: session?.exchanges.size,
    bodies: bodies.used,
    answers: answers.used,
  };
}

export const NOTHING_HELD = { calls: 0, exchanges: 0, bodies: 0, answers: 0 };
