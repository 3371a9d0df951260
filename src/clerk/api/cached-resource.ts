/** When a {@link CachedResource} fetches. Durations are in milliseconds. */
export interface CachedResourceLimits {
  /** How long a copy is fresh. */
  readonly ttl: number;
  /** Pause after a failed fetch. */
  readonly failureCoolDown: number;
}

/**
 * A local copy of something that Clerk publishes. Callers share one fetch; a copy that cannot be
 * renewed keeps serving.
 */
export class CachedResource<T> {
  private copy: { readonly value: T; readonly fetchedAt: number } | undefined;
  private failure: { readonly error: unknown; readonly failedAt: number } | undefined;
  private flight: Promise<T> | undefined;

  constructor(
    private readonly fetchCopy: () => Promise<T>,
    private readonly limits: CachedResourceLimits,
  ) {}

  /** The copy at hand, fresh or stale. */
  get current(): T | undefined {
    return this.copy?.value;
  }

  /** The copy at hand, if it is fresh. */
  get fresh(): T | undefined {
    const { copy } = this;
    return copy && Date.now() - copy.fetchedAt < this.limits.ttl ? copy.value : undefined;
  }

  /** Whether a fetch is under way. */
  get isFetching(): boolean {
    return this.flight !== undefined;
  }

  /**
   * A fresh copy, or a stale one while Clerk does not answer.
   *
   * @throws what the fetch threw, when there is no copy at all
   */
  async get(): Promise<T> {
    const { copy } = this;
    if (!copy) return this.refresh();
    if (this.fresh !== undefined) return this.fresh;

    const renewed = this.refresh().catch(() => copy.value);
    // During an outage nobody waits for the fetch that looks whether it is over.
    return this.failure ? copy.value : renewed;
  }

  /**
   * Fetches now, together with whoever does so already.
   *
   * @throws what the fetch threw, now or within the cool-down
   */
  refresh(): Promise<T> {
    if (this.flight) return this.flight;
    const { failure } = this;
    if (failure && Date.now() - failure.failedAt < this.limits.failureCoolDown) {
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
