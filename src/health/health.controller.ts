import {
  Controller,
  Get,
  Header,
  ServiceUnavailableException,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { SkipThrottle } from '@nestjs/throttler';
import { Public } from '../access/access.decorators.js';
import { ClerkHealth } from '../clerk/clerk-health.js';

/** Probes for whoever runs the service. They tell nothing but yes and no. */
@Public()
@SkipThrottle({ default: true, principal: true, client: true })
@Controller({ path: 'health', version: VERSION_NEUTRAL })
export class HealthController {
  constructor(private readonly clerk: ClerkHealth) {}

  /** Whether the process runs. */
  @Get('live')
  @Header('cache-control', 'no-store')
  live() {
    return { status: 'ok' } as const;
  }

  /** Whether callers can be authenticated: 503 while they cannot. */
  @Get('ready')
  @Header('cache-control', 'no-store')
  async ready() {
    const { isReady, isSecretKeyRejected } = await this.clerk.check();
    if (isReady) return { status: 'ok' } as const;
    throw new ServiceUnavailableException({
      status: 'error',
      clerk: isSecretKeyRejected ? 'misconfigured' : 'unavailable',
    });
  }
}
