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
import { ServiceDrain } from '../drain/service-drain.js';

/** Probes for whoever runs the service. They tell nothing but yes and no. */
@Public()
@SkipThrottle({ default: true, principal: true, client: true })
@Controller({ path: 'health', version: VERSION_NEUTRAL })
export class HealthController {
  constructor(
    private readonly clerk: ClerkHealth,
    private readonly drain: ServiceDrain,
  ) {}

  /** Whether the process runs. */
  @Get(['', 'live'])
  @Header('cache-control', 'no-store')
  live() {
    return { status: 'ok' } as const;
  }

  /** Whether calls should be sent here: 503 while callers cannot be authenticated, and while it ends. */
  @Get('ready')
  @Header('cache-control', 'no-store')
  async ready() {
    if (this.drain.isDraining) throw new ServiceUnavailableException({ status: 'draining' });
    const { isReady, isSecretKeyRejected } = await this.clerk.check();
    if (isReady) return { status: 'ok' } as const;
    throw new ServiceUnavailableException({
      status: 'error',
      clerk: isSecretKeyRejected ? 'misconfigured' : 'unavailable',
    });
  }
}
