/** A map that forgets expired entries, and its oldest entry when it is full. */
export class BoundedStore<Value> {
  readonly #entries = new Map<string, { readonly value: Value; readonly expiresAt: number }>();

  /**
   * @param max most entries that are kept
   * @param now the clock, in milliseconds since the epoch
   */
  constructor(
    private readonly max: number,
    private readonly now: () => number,
  ) {}

  get size(): number {
    return this.#entries.size;
  }

  /** @param lifetime in seconds; without one the entry stays until it has to give way */
  set(key: string, value: Value, lifetime = Infinity): void {
    if (!this.#entries.has(key) && this.#entries.size >= this.max) this.#makeRoom();
    this.#entries.set(key, { value, expiresAt: this.now() + lifetime * 1000 });
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (entry.expiresAt > this.now()) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  delete(key: string): boolean {
    return this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** Everything still valid, oldest first. */
  values(): Value[] {
    const now = this.now();
    return [...this.#entries.values()]
      .filter((entry) => entry.expiresAt > now)
      .map((entry) => entry.value);
  }

  #makeRoom(): void {
    const now = this.now();
    for (const [key, entry] of this.#entries) {
      if (entry.expiresAt <= now) this.#entries.delete(key);
    }
    for (const key of this.#entries.keys()) {
      if (this.#entries.size < this.max) return;
      this.#entries.delete(key);
    }
  }
}
