import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { McpContext } from '../../../src/mcp/authoring/mcp-context.js';
import { McpResourceTemplate } from '../../../src/mcp/authoring/mcp-resource.decorator.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpNotifier } from '../../../src/mcp/server/mcp-notifier.js';
import { NODE } from './nodes.js';

const FORM = z.object({ sure: z.boolean() });

/** Tools that tell which node runs them. */
@Injectable()
export class Tools {
  static readonly released = new Set<() => void>();
  static readonly aborted: number[] = [];

  constructor(
    @Inject(NODE) private readonly node: number,
    private readonly notifier: McpNotifier,
  ) {}

  @McpTool({ description: 'Who calls' })
  whoami(_input: unknown, context: McpContext) {
    return { node: this.node, subject: context.principal?.subject ?? null };
  }

  @McpTool({ description: 'Asks' })
  ask(_input: unknown, context: McpContext) {
    const answer = context.accepted('sure', FORM);
    if (!answer) return context.elicit('sure', { message: `From ${this.node}?`, schema: FORM });
    return { node: this.node, sure: answer.sure };
  }

  @McpTool({ description: 'Waits until it is cancelled' })
  async wait(_input: unknown, context: McpContext) {
    await context.progress(1, 2, 'started');
    await new Promise<void>((resolve) => {
      context.signal.addEventListener('abort', () => resolve());
      if (context.signal.aborted) resolve();
    });
    Tools.aborted.push(this.node);
    return { node: this.node };
  }

  @McpTool({ description: 'Reports until it is released' })
  async report(_input: unknown, context: McpContext) {
    await context.progress(1, 2, 'started');
    await new Promise<void>((resolve) => Tools.released.add(resolve));
    await context.progress(2, 2, 'released');
    return { node: this.node };
  }

  @McpTool({ description: 'Tells of a change', input: z.object({ uri: z.string() }) })
  change({ uri }: { uri: string }) {
    this.notifier.resourceUpdated(uri);
    return { node: this.node };
  }

  @McpResourceTemplate({ uriTemplate: 'notes://{id}' })
  note({ id }: { id: string }) {
    return `note ${id}`;
  }
}
