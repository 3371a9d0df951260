import { BoundedStore } from '../instance/bounded-store.js';
import { fingerprint, randomToken } from '../instance/clerk-id.js';

/** A browser that the stand-in knows by its cookie. */
export interface Browser {
  readonly key: string;
  /** The session of whoever is signed in; `null` before the sign-in. */
  readonly sessionId: string | null;
}

/** The browsers that visited the pages. */
export class Browsers {
  readonly #browsers: BoundedStore<Browser>;

  /** @param lifetime in seconds */
  constructor(
    max: number,
    now: () => number,
    private readonly lifetime: number,
  ) {
    this.#browsers = new BoundedStore(max, now);
  }

  /** @returns the browser and the value of its cookie */
  create(sessionId: string | null): { readonly browser: Browser; readonly cookie: string } {
    const cookie = randomToken(40);
    const browser: Browser = { key: fingerprint(cookie), sessionId };
    this.#browsers.set(browser.key, browser, this.lifetime);
    return { browser, cookie };
  }

  find(cookie: string): Browser | undefined {
    return this.#browsers.get(fingerprint(cookie));
  }

  delete(browser: Browser): void {
    this.#browsers.delete(browser.key);
  }

  get size(): number {
    return this.#browsers.size;
  }

  clear(): void {
    this.#browsers.clear();
  }
}
