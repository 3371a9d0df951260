import type { ThrottlerStorage } from '@nestjs/throttler';
import { ContainedSeam } from '../access/contained-seam.js';

type ThrottlerRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * Counts in the storage of the application, and in this process while that one fails: a limit is never
 * the reason why a request fails.
 */
export class ContainedThrottlerStorage implements ThrottlerStorage {
  private readonly seam: ContainedSeam;

  /** @param timeoutMs longest wait for the storage */
  constructor(
    private readonly storage: ThrottlerStorage,
    private readonly inProcess: ThrottlerStorage,
    timeoutMs: number,
  ) {
    this.seam = new ContainedSeam({
      name: 'The storage of LimitsModule',
      consequence: 'Rate limits are counted by this node alone until it answers.',
      timeoutMs,
    });
  }

  async increment(...hit: Parameters<ThrottlerStorage['increment']>): Promise<ThrottlerRecord> {
    return this.seam.callOr(
      async () => readRecord(await this.storage.increment(...hit)),
      () => this.inProcess.increment(...hit),
    );
  }
}

/** @throws {TypeError} an answer that the guard could not read */
function readRecord(record: unknown): ThrottlerRecord {
  const known: Partial<ThrottlerRecord> = typeof record === 'object' && record ? record : {};
  const { totalHits, timeToExpire, isBlocked, timeToBlockExpire } = known;
  if (
    typeof isBlocked === 'boolean' &&
    [totalHits, timeToExpire, timeToBlockExpire].every(isCount)
  ) {
    return known as ThrottlerRecord; // Each member has been checked.
  }
  throw new TypeError('The storage gave no record.');
}

const isCount = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);
