import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { z } from 'zod';
import {
  Authenticated,
  McpNotifier,
  McpResource,
  McpTool,
  type McpContext,
} from '../../src/index.js';

/** The resource whose changes the nodes announce. */
export const BOARD_URI = 'demo://board';

const Approval = z.object({ approved: z.boolean() });

/** Tools that tell which node runs them, and a resource whose changes they announce. */
@Authenticated()
@Injectable()
export class Board {
  private readonly node = process.env['NODE_NAME'] ?? '';

  constructor(private readonly moduleRef: ModuleRef) {}

  @McpResource({ uri: BOARD_URI, name: 'board' })
  board(): string {
    return 'What all people of this demo look at.';
  }

  @McpTool({ description: 'Names the node that answers' })
  whereAmI(): Record<string, unknown> {
    return { node: this.node };
  }

  @McpTool({ description: 'Asks the user, and names the node that asked' })
  approve(_input: unknown, context: McpContext): unknown {
    const answer = context.accepted('approval', Approval);
    if (answer) return { node: this.node, ...answer };
    return context.elicit('approval', {
      message: `Node ${this.node} asks: may the board change?`,
      schema: Approval,
    });
  }

  @McpTool({ description: 'Announces a change of the board' })
  change(): Record<string, unknown> {
    // `AppModule` does not export it.
    this.moduleRef.get(McpNotifier, { strict: false }).resourceUpdated(BOARD_URI);
    return { node: this.node };
  }
}
