import { Controller, Get, Injectable, UseGuards } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { SkipThrottle, Throttle } from '@nestjs/throttler';
import {
  LimitsModule,
  McpResource,
  McpTool,
  PrincipalThrottlerGuard,
  Public,
  type LimitsOptions,
} from '../../src/index.js';
import { NameGuard, mcpApp } from '../mcp/fixtures.js';

export const MINUTE = 60_000;
export const TWICE = { limit: 2, ttlMs: MINUTE };
export const TOO_MANY = /^Too many requests\. Try again in \d+ seconds\.$/;

@Injectable()
export class Tools {
  @McpTool({ description: 'Says nothing of limits' })
  plain() {
    return 'plain';
  }

  @Throttle({ default: { limit: 1, ttl: MINUTE } })
  @McpTool({ description: 'Once a minute' })
  once() {
    return 'once';
  }

  @SkipThrottle({ default: true, principal: true, client: true })
  @McpTool({ description: 'As often as one likes' })
  free() {
    return 'free';
  }

  @Public()
  @McpTool({ description: 'For everybody' })
  open() {
    return 'open';
  }

  @McpResource({ uri: 'notes://all', name: 'notes' })
  notes() {
    return 'notes';
  }
}

@UseGuards(NameGuard, PrincipalThrottlerGuard)
@Controller('rest')
class Rest {
  @Get('plain')
  plain() {
    return 'plain';
  }

  /** Limited like `plain`, but by the guard of the package, which reads the decorator. */
  @Throttle({ unknown: { limit: 1, ttl: MINUTE } })
  @Get('decorated')
  decorated() {
    return 'decorated';
  }

  @Throttle({ default: { limit: 1, ttl: MINUTE } })
  @Get('once')
  once() {
    return 'once';
  }

  @SkipThrottle({ default: true, principal: true })
  @Get('free')
  free() {
    return 'free';
  }
}

/** The guard at the endpoint and for the whole application, or where it is told. */
export const start = (limits: LimitsOptions, places: ('endpoint' | 'application')[] = PLACES) =>
  mcpApp([Tools], {
    guards: places.includes('endpoint') ? [NameGuard, PrincipalThrottlerGuard] : [NameGuard],
    adapter: new FastifyAdapter({ trustProxy: 'loopback', forceCloseConnections: true }),
    metadata: {
      imports: [LimitsModule.forRoot(limits)],
      controllers: [Rest],
      providers: places.includes('application')
        ? [{ provide: APP_GUARD, useExisting: PrincipalThrottlerGuard }]
        : [],
    },
  });

export const PLACES: ('endpoint' | 'application')[] = ['endpoint', 'application'];

export const anonymous = (address = '203.0.113.1') => ({
  headers: { authorization: '', 'x-forwarded-for': address },
});

export const rest = (url: string, path: string, as = 'alice') =>
  fetch(url.replace(/mcp$/, `rest/${path}`), { headers: { authorization: `Bearer ${as}` } });
