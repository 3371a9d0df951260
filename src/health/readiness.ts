import { Inject, Injectable } from '@nestjs/common';
import type { Backplane } from '../backplane/backplane.js';
import { BACKPLANE } from '../backplane/backplane.module.js';
import { ClerkHealth } from '../clerk/clerk-health.js';
import { ServiceDrain } from '../drain/service-drain.js';

/** Whether requests should be sent to this process, and what is amiss. */
export interface ReadinessReport {
  readonly isReady: boolean;
  /** `draining`: the process is told to end. */
  readonly status: 'ok' | 'error' | 'draining';
  /** Absent while callers can be authenticated. */
  readonly clerk?: 'unavailable' | 'misconfigured';
  /** Absent once the revocations of the other nodes are loaded. */
  readonly revocations?: 'not_loaded';
}

/**
 * Decides whether a process is ready. It is once callers can be authenticated: signing keys and revocations
 * are known, and Clerk has not refused the secret key. From then on an outage of Clerk, or a key that it
 * takes back, does not make it unready: callers whose tokens are verified go on. All processes depend on the
 * same Clerk, so that otherwise none would be left, and the load balancer would refuse every request.
 */
@Injectable()
export class Readiness {
  private hasBeenReady = false;

  constructor(
    private readonly clerk: ClerkHealth,
    private readonly drain: ServiceDrain,
  ) {}

  async check(): Promise<ReadinessReport> {
    if (this.drain.isDraining) return { isReady: false, status: 'draining' };
    const { isReady, hasRevocations, isSecretKeyRejected } = await this.clerk.check();
    if (isReady) this.hasBeenReady = true;
    const goesOn = this.hasBeenReady && hasRevocations;
    return {
      isReady: goesOn,
      status: goesOn ? 'ok' : 'error',
      ...(!hasRevocations && { revocations: 'not_loaded' }),
      ...(!isReady &&
        hasRevocations && { clerk: isSecretKeyRejected ? 'misconfigured' : 'unavailable' }),
    };
  }
}

/** A result as `@nestjs/terminus` takes it from an indicator. */
export type HealthResult<Key extends string> = Readonly<
  Record<Key, { readonly status: 'up' | 'down' } & Readonly<Record<string, unknown>>>
>;

/**
 * Readiness for the health page of an application with `@nestjs/terminus`. {@link HealthModule} and
 * {@link HealthIndicatorsModule} provide it.
 *
 * @example
 * ```ts
 * health.check([() => readiness.isHealthy('mcp')])
 * ```
 */
@Injectable()
export class ReadinessIndicator {
  constructor(private readonly readiness: Readiness) {}

  /** `down` before callers can be authenticated, and during a drain. */
  async isHealthy<const Key extends string>(key: Key): Promise<HealthResult<Key>> {
    const { isReady, status: _status, ...details } = await this.readiness.check();
    return resultOf(key, isReady, details);
  }
}

/**
 * Redis, for the health page of an application with `@nestjs/terminus`. A process without `RedisModule` is
 * `up`. While Redis is away a process serves by itself: do not make its readiness depend on this.
 */
@Injectable()
export class BackplaneIndicator {
  constructor(@Inject(BACKPLANE) private readonly backplane: Backplane) {}

  /** `down` while the engine that the nodes share does not answer. */
  async isHealthy<const Key extends string>(key: Key): Promise<HealthResult<Key>> {
    const { isReachable, isShared } = this.backplane;
    return resultOf(key, isReachable || !isShared, { shared: isShared });
  }
}

function resultOf<Key extends string>(
  key: Key,
  isUp: boolean,
  details: Readonly<Record<string, unknown>>,
): HealthResult<Key> {
  // TypeScript widens the computed name.
  return { [key]: { ...details, status: isUp ? 'up' : 'down' } } as HealthResult<Key>;
}
