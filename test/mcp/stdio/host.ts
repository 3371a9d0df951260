import type { User } from '@clerk/backend';
import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable, Scope, UseGuards } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { z } from 'zod';
import { Public, RequireScopes } from '../../../src/access/access.decorators.js';
import type { Principal } from '../../../src/request/principal.js';
import { principalOf } from '../../../src/request/request-record.js';
import { ClerkAuthGuard } from '../../../src/clerk/http/clerk-auth.guard.js';
import { ClerkContext } from '../../../src/clerk/user/clerk-context.js';
import {
  CurrentPrincipal,
  CurrentUser,
} from '../../../src/clerk/user/current-principal.decorator.js';
import { McpPrompt } from '../../../src/mcp/authoring/mcp-prompt.decorator.js';
import { McpResource } from '../../../src/mcp/authoring/mcp-resource.decorator.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import type { McpContext } from '../../../src/mcp/authoring/mcp-context.js';

/** What a host has: open and protected entries that say who calls, each in its way. */
@Injectable()
export class HostTools {
  /** How many calls of `wait` were aborted. */
  aborted = 0;
  /** How many calls of `wait` have begun. */
  begun = 0;

  constructor(private readonly clerk: ClerkContext) {}

  @Public()
  @McpTool({ description: 'Open to everybody' })
  hello() {
    return `hello ${this.clerk.principal?.subject ?? 'nobody'}`;
  }

  @McpTool({
    description: 'Asks Clerk who calls',
    input: z.object({ pause: z.number().optional() }),
  })
  async whoAmI({ pause: ms = 0 }: { pause?: number | undefined }) {
    await pause(ms);
    return (await this.clerk.getUser()).primaryEmailAddress?.emailAddress;
  }

  @Public()
  @McpTool({ description: 'Takes the user of Clerk as a parameter' })
  user(@CurrentUser() user: User | undefined) {
    return user?.primaryEmailAddress?.emailAddress ?? 'nobody';
  }

  @McpTool({ description: 'Takes the caller as a parameter' })
  current(
    @CurrentPrincipal('subject') subject: string,
    _input: unknown,
    { principal }: McpContext,
  ) {
    return `${subject} ${principal?.subject}`;
  }

  /** A host may put its guard on a tool as well; it must not make a stranger of the caller. */
  @UseGuards(ClerkAuthGuard)
  @McpTool({ description: 'Guarded twice' })
  guarded(@CurrentPrincipal() principal: Principal) {
    return `${principal?.subject} ${this.clerk.principal?.subject}`;
  }

  @RequireScopes('user:org:read')
  @McpTool({ description: 'Needs a scope' })
  organizations() {
    return [];
  }

  @Public()
  @McpTool({ description: 'Runs until it is aborted' })
  async wait(_input: unknown, { signal }: McpContext) {
    this.begun += 1;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    this.aborted += 1;
  }

  @Public()
  @McpTool({ description: 'Asks for a colour' })
  colour(_input: unknown, context: McpContext) {
    const answer = context.accepted('colour', Colour);
    return answer?.colour ?? context.elicit('colour', { message: 'Which?', schema: Colour });
  }

  @Public()
  @McpResource({ uri: 'host://open' })
  open() {
    return 'open';
  }

  @McpResource({ uri: 'host://secret' })
  secret() {
    return `secret of ${this.clerk.principal?.subject}`;
  }

  @McpPrompt({ description: 'Protected' })
  greeting() {
    return `Greet ${this.clerk.principal?.subject}`;
  }
}

const Colour = z.object({ colour: z.string() });

/** Made anew for each call. */
@Injectable({ scope: Scope.REQUEST })
export class ScopedTools {
  private static made = 0;
  private readonly number = (ScopedTools.made += 1);

  constructor(@Inject(REQUEST) private readonly request: object) {}

  @Public()
  @McpTool({ description: 'Request-scoped' })
  scoped() {
    return `${this.number} ${principalOf(this.request)?.subject ?? 'nobody'}`;
  }
}
