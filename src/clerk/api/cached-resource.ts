/**
 * A cached copy of a resource of Clerk. Concurrent callers share one fetch. A stale copy is used while the
 * fetch fails.
 */
export class CachedResource<T> {
  private copy: { readonly value: T; readonly fetchedAt: number } | undefined;
  private failure: { readonly error: unknown; readonly failedAt: number } | undefined;
  private flight: Promise<T> | undefined;

  constructor(
    private readonly fetchCopy: () => Promise<T>,
    private readonly limits: CachedResourceLimits,
  ) {}

  /** The cached copy, fresh or stale. */
  get current(): T | undefined {
    return this.copy?.value;
  }

  /** The cached copy, if it is fresh. */
  get fresh(): T | undefined {
    const { copy } = this;
    return copy && Date.now() - copy.fetchedAt < this.limits.ttlMs ? copy.value : undefined;
  }

  /** Whether a fetch is running. */
  get isFetching(): boolean {
    return this.flight !== undefined;
  }

  /**
   * A fresh copy, or a stale one while Clerk does not respond.
   *
   * @throws the error of the fetch, if there is no copy
   */
  async get(): Promise<T> {
    const { copy } = this;
    if (!copy) return this.refresh();
    if (this.fresh !== undefined) return this.fresh;

    const renewed = this.refresh().catch(() => copy.value);
    // During an outage, callers do not wait for the next attempt.
    return this.failure ? copy.value : renewed;
  }

  /**
   * Fetches now, or joins a running fetch.
   *
   * @throws the error of the fetch, or of the last one during the cool-down
   */
  refresh(): Promise<T> {
    if (this.flight) return this.flight;
    const { failure } = this;
    if (failure && Date.now() - failure.failedAt < this.limits.failureCoolDownMs) {
      return Promise.reject(failure.error);
    }
    this.flight = this.fetch().finally(() => (this.flight = undefined));
    return this.flight;
  }

  private async fetch(): Promise<T> {
    try {
      const value = await this.fetchCopy();
      this.copy = { value, fetchedAt: Date.now() };
      this.failure = undefined;
      return value;
    } catch (error) {
      this.failure = { error, failedAt: Date.now() };
      throw error;
    }
  }
}

/** Options of {@link CachedResource}. Durations are in milliseconds. */
interface CachedResourceLimits {
  /** How long a copy is fresh. */
  readonly ttlMs: number;
  /** Pause after a failed fetch. */
  readonly failureCoolDownMs: number;
}
