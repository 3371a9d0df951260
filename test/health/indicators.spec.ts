import { Controller, Get, type INestApplication } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Public } from '../../src/access/access.decorators.js';
import { Backplane } from '../../src/backplane/backplane.js';
import { BACKPLANE } from '../../src/backplane/backplane.module.js';
import { ClerkAuthModule } from '../../src/clerk/clerk-auth.module.js';
import { ServiceDrain } from '../../src/drain/service-drain.js';
import { startClerkEmulator, type ClerkEmulator } from '../../src/emulator/index.js';
import { BackplaneIndicator, HealthIndicatorsModule, ReadinessIndicator } from '../../src/index.js';
import { createAdapter } from '../support/adapters.js';
import { optionsOf } from '../support/clerk-app.js';
import { signingKey } from '../support/signing-key.js';

/** The health page of an application. */
@Controller('status')
class StatusController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly readiness: ReadinessIndicator,
    private readonly backplane: BackplaneIndicator,
  ) {}

  @Public()
  @Get()
  @HealthCheck()
  check() {
    return this.health.check([
      () => this.readiness.isHealthy('mcp'),
      () => this.backplane.isHealthy('redis'),
    ]);
  }
}

let app: INestApplication;
let clerk: ClerkEmulator;
let url: string;
const engine = { isShared: true, isReachable: true };
beforeEach(async () => {
  engine.isReachable = true;
  clerk = await startClerkEmulator({ signingKey: signingKey() });
  const module = await Test.createTestingModule({
    imports: [
      ClerkAuthModule.forRoot({
        ...optionsOf(clerk, 'https://mcp.example.com'),
        limits: { timeoutMs: 1_000, failureCoolDownMs: 0 },
      }),
      HealthIndicatorsModule.forRoot({ drainMs: 0 }),
      TerminusModule.forRoot({ logger: false }),
    ],
    controllers: [StatusController],
  }).compile();
  app = module.createNestApplication(createAdapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
  // The backplane of the process stays that of the modules; the indicator alone sees another one.
  const indicator = app.get(BackplaneIndicator, { strict: false });
  Reflect.set(indicator, 'backplane', engine as unknown as Backplane);
});
afterEach(async () => {
  await app.close();
  await clerk.close();
});

const status = async () => {
  const response = await fetch(`${url}/status`);
  const { details } = (await response.json()) as { details: unknown };
  return { status: response.status, details };
};
const redis = { status: 'up', shared: true };

describe('The indicators on the page of an application with @nestjs/terminus', () => {
  it('are up where callers can be authenticated', async () => {
    expect(await status()).toEqual({ status: 200, details: { mcp: { status: 'up' }, redis } });
  });

  it('are down before Clerk was reached, with the reason', async () => {
    clerk.faults.set('jwks', { kind: 'reset' });
    const mcp = { status: 'down', clerk: 'unavailable' };
    expect(await status()).toEqual({ status: 503, details: { mcp, redis } });
    clerk.faults.clear();
    expect((await status()).status).toBe(200);
  });

  it('are down while the service drains', async () => {
    await app.get(ServiceDrain, { strict: false }).drain({ drainMs: 0, shutdownMs: 0 });
    const readiness = app.get(ReadinessIndicator, { strict: false });
    expect(await readiness.isHealthy('mcp')).toEqual({ mcp: { status: 'down' } });
  });

  it('are down while Redis is away', async () => {
    engine.isReachable = false;
    expect(await status()).toEqual({
      status: 503,
      details: { mcp: { status: 'up' }, redis: { status: 'down', shared: true } },
    });
  });

  it('of one process are up', async () => {
    const one = new BackplaneIndicator(app.get(BACKPLANE, { strict: false }));
    expect(await one.isHealthy('redis')).toEqual({ redis: { status: 'up', shared: false } });
  });

  it('come without the routes of HealthModule', async () => {
    expect((await fetch(`${url}/health/ready`)).status).toBe(404);
  });
});
