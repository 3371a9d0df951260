import { Injectable } from '@nestjs/common';
import * as z from 'zod';
import { Public, RequireScopes } from '../../../src/access/access.decorators.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import type { McpContext } from '../../../src/mcp/authoring/mcp-context.js';

/** The tools that the tests of both eras call. */
@Injectable()
export class ServedTools {
  /** What became of the calls of `wait`, by their names. */
  readonly waits = new Map<string, 'waiting' | 'aborted'>();
  private readonly releases = new Map<string, () => void>();
  private listeners: (() => void)[] = [];

  @Public()
  @McpTool({ description: 'Open to all' })
  hello(_input: object, { principal }: McpContext) {
    return `hello ${principal?.subject ?? 'stranger'}`;
  }

  @McpTool({
    description: 'Echoes, as whom and to whom',
    input: z.object({ message: z.string(), delayMs: z.number().default(0) }),
    output: z.object({ message: z.string(), user: z.string(), protocol: z.string() }),
  })
  async echo({ message, delayMs }: { message: string; delayMs: number }, context: McpContext) {
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    return {
      message,
      user: context.principal?.subject ?? 'nobody',
      protocol: context.protocolVersion,
    };
  }

  @McpTool({ description: 'What the context knows' })
  about(_input: object, context: McpContext) {
    const { client, protocolVersion, requestId, sessionId } = context;
    return {
      client: client?.name,
      protocolVersion,
      requestId: typeof requestId,
      session: typeof sessionId,
    };
  }

  @RequireScopes('notes:write')
  @McpTool({ description: 'Needs a scope' })
  write() {
    return 'written';
  }

  @McpTool({ description: 'Reports progress and logs' })
  async steps(_input: object, context: McpContext) {
    await context.log('debug', 'detail');
    for (const step of [1, 2, 3]) await context.progress(step, 3, `step ${step}`);
    await context.log('warning', 'careful');
    return 'done';
  }

  @McpTool({ description: 'Waits until it is aborted', input: z.object({ name: z.string() }) })
  async wait({ name }: { name: string }, { signal }: McpContext) {
    this.note(name, 'waiting');
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });
    this.note(name, 'aborted');
    return 'aborted';
  }

  @McpTool({ description: 'Waits, deaf to abort', input: z.object({ name: z.string() }) })
  async deaf({ name }: { name: string }) {
    this.note(name, 'waiting');
    await new Promise<void>((resolve) => this.releases.set(name, resolve));
    return 'released';
  }

  release(name: string): void {
    this.releases.get(name)?.();
  }

  /** Resolves once this call is in this state. */
  async until(name: string, state: 'waiting' | 'aborted'): Promise<void> {
    while (this.waits.get(name) !== state) {
      await new Promise<void>((resolve) => this.listeners.push(resolve));
    }
  }

  private note(name: string, state: 'waiting' | 'aborted'): void {
    this.waits.set(name, state);
    const listeners = this.listeners;
    this.listeners = [];
    for (const listener of listeners) listener();
  }
}
