import { fingerprint } from './clerk-id.js';

/** A part of the instance that lasts over a restart, as JSON. */
export interface LastingPart {
  snapshot(): unknown;
  /** Takes the content of a snapshot in place of its own. Reports no change. */
  restore(snapshot: unknown): void;
  /** Calls the listener after each change, in place of the previous listener. */
  onChange(listener: () => void): void;
}

/** A key, its value, and when it expires, in milliseconds since the epoch; `null`: never. */
type StoredEntry<Value> = readonly [key: string, value: Value, expiresAt: number | null];

/** A map that drops expired entries, and its oldest entry when it is full. */
export class BoundedStore<Value> implements LastingPart {
  readonly #entries = new Map<string, { readonly value: Value; readonly expiresAt: number }>();
  #changed = (): void => undefined;

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
    this.#changed();
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (entry.expiresAt > this.now()) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  delete(key: string): void {
    if (this.#entries.delete(key)) this.#changed();
  }

  clear(): void {
    this.#entries.clear();
    this.#changed();
  }

  /** The keys, oldest first, also of expired entries. */
  keys(): string[] {
    return [...this.#entries.keys()];
  }

  /** The values that have not expired, oldest first. */
  values(): Value[] {
    const now = this.now();
    return [...this.#entries.values()]
      .filter((entry) => entry.expiresAt > now)
      .map((entry) => entry.value);
  }

  /** The entries that have not expired. Values have to be JSON. */
  snapshot(): readonly StoredEntry<Value>[] {
    const now = this.now();
    return [...this.#entries]
      .filter(([, { expiresAt }]) => expiresAt > now)
      .map(([key, { value, expiresAt }]) => [
        key,
        value,
        Number.isFinite(expiresAt) ? expiresAt : null,
      ]);
  }

  restore(snapshot: unknown): void {
    const now = this.now();
    // The file that holds snapshots has a checksum and the version of their form.
    const entries = (snapshot as readonly StoredEntry<Value>[])
      .map(([key, value, expiresAt]) => ({ key, value, expiresAt: expiresAt ?? Infinity }))
      .filter(({ expiresAt }) => expiresAt > now)
      .slice(-this.max);
    this.#entries.clear();
    for (const { key, value, expiresAt } of entries) this.#entries.set(key, { value, expiresAt });
  }

  onChange(listener: () => void): void {
    this.#changed = listener;
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

  /** Fingerprint of the credential with this value, the newest one. */
  fingerprintOf(value: Value): string | undefined {
    return this.snapshot().findLast(([, stored]) => stored === value)?.[0];
  }

  /** Replaces the credentials with this value by one of which only the fingerprint is known. */
  setFingerprint(credential: string, value: Value): void {
    for (const [known, stored] of this.snapshot()) {
      if (stored === value) super.delete(known);
    }
    super.set(credential, value);
  }
}

/** Receives the changes that a store reports. */
export type ChangeSink<Change> = (change: Change) => void;
