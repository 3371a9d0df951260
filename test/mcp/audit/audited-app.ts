import { ForbiddenException, Injectable, UseGuards, type CanActivate } from '@nestjs/common';
import { z } from 'zod';
import {
  AcceptTokens,
  McpCompletion,
  McpPrompt,
  McpResource,
  McpResourceTemplate,
  McpTool,
  Public,
  RequireScopes,
  type McpContext,
} from '../../../src/index.js';
import { AuditSink, type AuditEvent, type AuditLevel } from '../../../src/extend.js';
import { mcpApp, within, type McpApp, type McpAppOptions } from '../fixtures.js';

/** Keeps what it is given. */
export class KeptEvents extends AuditSink {
  readonly events: AuditEvent[] = [];

  constructor(override level: AuditLevel = 'all') {
    super();
  }

  override record(event: AuditEvent): void {
    this.events.push(event);
  }

  /** What was recorded, once it is at least this much; no more is left for the next look. */
  async take(count: number): Promise<AuditEvent[]> {
    const enough = async (): Promise<void> => {
      if (this.events.length >= count) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
      await enough();
    };
    await within(enough(), `event ${count} of ${this.events.map(({ type }) => type).join()}`);
    // What comes too much comes at once.
    await new Promise((resolve) => setTimeout(resolve, 20));
    return this.events.splice(0);
  }
}

@Injectable()
class Refusing implements CanActivate {
  canActivate(): boolean {
    throw new ForbiddenException('not for you');
  }
}

const Note = z.object({ text: z.string().default('') });
const Sure = z.object({ sure: z.boolean() });

/** An entry of every kind and every rule, and every way to end. */
@Injectable()
export class AuditedEntries {
  @Public()
  @McpTool({ description: 'Open', input: Note })
  open() {
    return 'open';
  }

  @McpTool({ description: 'Signed in', input: Note })
  note({ text }: { text: string }) {
    return { length: text.length };
  }

  @RequireScopes('notes:write')
  @McpTool({ description: 'Scoped' })
  write() {
    return 'written';
  }

  @AcceptTokens('api_key')
  @McpTool({ description: 'For machines' })
  machine() {
    return 'machine';
  }

  @UseGuards(Refusing)
  @McpTool({ description: 'Behind a guard of the host' })
  guarded() {
    return 'guarded';
  }

  @McpTool({ description: 'Fails', input: Note })
  broken({ text }: { text: string }): string {
    throw new Error(`broken by ${text}`);
  }

  @McpTool({ description: 'Says itself that it failed' })
  failed() {
    return { content: [], isError: true };
  }

  @McpTool({ description: 'Runs until it is aborted' })
  async wait(_input: object, { signal }: McpContext) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    return 'aborted';
  }

  @McpTool({ description: 'Asks' })
  async asks(_input: object, context: McpContext) {
    const answer = context.accepted('sure', Sure);
    return answer ? 'sure' : context.elicit('sure', { message: 'Sure?', schema: Sure });
  }

  @McpTool({ description: 'A task', task: { support: 'optional' } })
  async job() {
    return 'done';
  }

  @McpResource({ uri: 'note://first' })
  first() {
    return 'first';
  }

  @McpResourceTemplate({ uriTemplate: 'note://by/{author}' })
  by() {
    return 'by somebody';
  }

  @AcceptTokens('api_key')
  @McpResource({ uri: 'note://machines' })
  machines() {
    return 'machines';
  }

  @McpPrompt({ description: 'A prompt', input: z.object({ style: z.string().default('') }) })
  poem() {
    return 'Write a poem';
  }

  @McpCompletion({ prompt: 'poem', argument: 'style' })
  styles() {
    return ['haiku'];
  }
}

export interface AuditedApp extends McpApp {
  readonly sink: KeptEvents;
}

/** An application whose events are kept, closed when the running test ends. */
export async function auditedApp(
  sink: KeptEvents = new KeptEvents(),
  { metadata, ...options }: McpAppOptions = {},
): Promise<AuditedApp> {
  const providers = [Refusing, AuditedEntries, { provide: AuditSink, useValue: sink }];
  const app = await mcpApp(providers, { ...options, ...(metadata && { metadata }) });
  return { ...app, sink };
}
