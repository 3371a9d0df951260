import { ProtocolError } from '@modelcontextprotocol/server';
import { Controller, Get, Injectable, Query, Scope } from '@nestjs/common';
import { z } from 'zod';
import { Public } from '../../../src/access/access.decorators.js';
import type { McpContext } from '../../../src/mcp/authoring/mcp-context.js';
import { McpCompletion, McpPrompt } from '../../../src/mcp/authoring/mcp-prompt.decorator.js';
import {
  McpResource,
  McpResourceTemplate,
} from '../../../src/mcp/authoring/mcp-resource.decorator.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { InProcessTaskStore } from '../../../src/mcp/tasks/task-store.js';

/** Where every slow handler waits until the test opens it. Open at first. */
@Injectable()
export class Gate {
  private opened = Promise.resolve();
  private arrived: () => void = () => undefined;
  open: () => void = () => undefined;

  /** @returns a promise of the first handler that waits */
  close(): Promise<void> {
    this.opened = new Promise((resolve) => (this.open = resolve));
    return new Promise((resolve) => (this.arrived = resolve));
  }

  async pass(): Promise<void> {
    this.arrived();
    await this.opened;
  }
}

const Sure = z.object({ sure: z.boolean() });

/** Entries of every kind, each with a handler that waits at the gate. */
@Public()
@Injectable()
export class SlowEntries {
  constructor(private readonly gate: Gate) {}

  @McpTool({ description: 'Waits', output: z.object({ text: z.string() }) })
  async waits() {
    await this.gate.pass();
    return { text: 'waited,\n\nfor "this" \u2028' };
  }

  @McpTool({ description: 'Can be a task', task: 'optional' })
  job() {
    return 'job';
  }

  @McpTool({ description: 'Answers at once' })
  quick() {
    return 'quick';
  }

  @McpTool({ description: 'Waits, and fails' })
  async fails(): Promise<string> {
    await this.gate.pass();
    throw new Error('secret');
  }

  @McpTool({ description: 'Waits, and fails with an error of the protocol' })
  async refuses(): Promise<string> {
    await this.gate.pass();
    throw new ProtocolError(-31_000, 'no such thing', { kept: true });
  }

  @McpTool({ description: 'Says something, and waits' })
  async logs(_input: object, context: McpContext) {
    await context.log('info', 'begun');
    await this.gate.pass();
    return 'logged';
  }

  @McpTool({ description: 'Waits, or is cancelled' })
  async cancels(_input: object, { signal }: McpContext) {
    await Promise.race([
      this.gate.pass(),
      new Promise((resolve) => signal.addEventListener('abort', resolve)),
    ]);
    if (signal.aborted) this.cancelled();
    return 'not cancelled';
  }
  cancelled: () => void = () => undefined;

  @McpTool({ description: 'Asks, and waits' })
  async asks(_input: object, context: McpContext) {
    const { sure } = context.accepted('sure', Sure) ?? {};
    if (sure === undefined) return context.elicit('sure', { message: 'Sure?', schema: Sure });
    await this.gate.pass();
    return `sure: ${sure}`;
  }

  @McpTool({ description: 'Leaves its stream, and waits' })
  async leaves(_input: object, context: McpContext) {
    context.closeStream();
    await this.gate.pass();
    return 'left';
  }

  @McpPrompt({ input: z.object({ topic: z.string() }) })
  async prompt() {
    await this.gate.pass();
    return 'prompted';
  }

  @McpCompletion({ prompt: 'prompt', argument: 'topic' })
  async topics() {
    await this.gate.pass();
    return ['one', 'two'];
  }

  @McpResource({ uri: 'slow://fixed' })
  async fixed() {
    await this.gate.pass();
    return 'fixed';
  }

  @McpResourceTemplate({ uriTemplate: 'slow://of/{id}' })
  async template({ id }: { id: string }) {
    await this.gate.pass();
    return id;
  }
}

@Public()
@Injectable({ scope: Scope.REQUEST })
export class ScopedEntries {
  constructor(private readonly gate: Gate) {}

  @McpTool({ description: 'Waits in a request-scoped provider' })
  async scoped() {
    await this.gate.pass();
    return 'scoped';
  }
}

@Public()
@Controller('slow')
export class SlowRoutes {
  constructor(private readonly gate: Gate) {}

  @McpTool({ description: 'Waits in a route' })
  @Get()
  async route(@Query('q') q?: string) {
    await this.gate.pass();
    return { q };
  }

  @McpTool({ description: 'Waits, and returns more than is allowed', route: { maxBytes: 1_000 } })
  @Get('much')
  async much() {
    await this.gate.pass();
    return 'x'.repeat(2_000);
  }
}

/** A store whose tasks are far away. */
export class SlowTaskStore extends InProcessTaskStore {
  constructor(private readonly gate: Gate) {
    super({ max: 10, maxPerPrincipal: 10, maxBytes: 1e6, maxBytesPerPrincipal: 1e6 });
  }

  override async find(id: string) {
    await this.gate.pass();
    return super.find(id);
  }
}
