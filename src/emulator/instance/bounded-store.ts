import { fingerprint } from './clerk-id.js';

/** A map that drops expired entries, and its oldest entry when it is full. */
export class BoundedStore<Value> {
  readonly #entries = new Map<string, { readonly value: Value; readonly expiresAt: number }>();

  /**
   * @param max maximum number of entries
   * @param now the clock, in milliseconds since the epoch
   * @param lifetime of an entry, in seconds. Default: unlimited
   */
  constructor(
    private readonly max: number,
    private readonly now: () => number,
    private readonly lifetime = Infinity,
  ) {}

  get size(): number {
    return this.#entries.size;
  }

  /** @param lifetime in seconds. Default: the lifetime of the store */
  set(key: string, value: Value, lifetime = this.lifetime): void {
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

  delete(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** The values that have not expired, oldest first. */
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

/** A bounded store whose keys are credentials; it keeps only their fingerprints. */
export class CredentialStore<Value> extends BoundedStore<Value> {
  override set(credential: string, value: Value, lifetime?: number): void {
    super.set(fingerprint(credential), value, lifetime);
  }

  override get(credential: string): Value | undefined {
    return super.get(fingerprint(credential));
  }

  override delete(credential: string): void {
    super.delete(fingerprint(credential));
  }
}

/** Receives the changes that a store reports. */
export type ChangeSink<Change> = (change: Change) => void;
