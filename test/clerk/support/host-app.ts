import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, Injectable, Req, UseGuards, type OnModuleInit } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { ExternalContextCreator } from '@nestjs/core';
import { Public } from '../../../src/access/access.decorators.js';
import { ClerkAuthGuard } from '../../../src/clerk/http/clerk-auth.guard.js';
import { ClerkContext } from '../../../src/clerk/user/clerk-context.js';
import { CurrentPrincipal } from '../../../src/clerk/user/current-principal.decorator.js';

/** A tool as the endpoint runs it: through Nest's pipeline, as context type `mcp`. */
@Injectable()
export class WhoTool {
  constructor(private readonly clerk: ClerkContext) {}

  async who(@CurrentPrincipal('userId') parameter: string | undefined) {
    const before = this.clerk.session?.userId ?? null;
    await sleep(Math.random() * 3);
    const after = this.clerk.session?.userId ?? null;
    return { parameter: parameter ?? null, before, after };
  }
}

/** Calls the tool for anonymous and for signed-in callers. */
@Controller()
@UseGuards(ClerkAuthGuard)
export class WhoController implements OnModuleInit {
  private pipeline: ((...args: unknown[]) => Promise<object>) | undefined;

  constructor(
    private readonly clerk: ClerkContext,
    private readonly tool: WhoTool,
    private readonly contexts: ExternalContextCreator,
  ) {}

  /** Not earlier: the global enhancers of the host are not known before. */
  onModuleInit(): void {
    const { who } = this.tool;
    this.pipeline = this.contexts.create(
      this.tool,
      who as (...args: unknown[]) => unknown,
      'who',
      ROUTE_ARGS_METADATA,
      { exchangeKeyForValue: () => undefined },
      undefined,
      undefined,
      undefined,
      'mcp',
    );
  }

  @Public()
  @Get('who')
  async who(@Req() request: object) {
    const rest = this.clerk.session?.userId ?? null;
    return { rest, ...(await this.pipeline?.(request, {}, {}, {})) };
  }
}

/** The answer of `GET /who` when everything agrees on one user. */
export function everywhere(userId: string | null) {
  return { rest: userId, parameter: userId, before: userId, after: userId };
}
