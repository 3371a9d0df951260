import type { FastifyReply, FastifyRequest } from 'fastify';
import { BoundedStore } from '../instance/bounded-store.js';
import { fingerprint, randomToken } from '../instance/clerk-id.js';

/** A browser, identified by its cookie. */
export interface Browser {
  /** Fingerprint of the cookie. */
  readonly key: string;
  /** The session of the signed-in user; `null` before the sign-in. */
  readonly sessionId: string | null;
}

/** The browsers that visited the pages, and their cookies. */
export class Browsers {
  readonly #browsers: BoundedStore<Browser>;

  /**
   * @param lifetime of a browser and its cookie, in seconds
   * @param url origin of the emulator, which is set once it listens
   */
  constructor(
    max: number,
    now: () => number,
    private readonly lifetime: number,
    private readonly url: () => string,
  ) {
    this.#browsers = new BoundedStore(max, now, lifetime);
  }

  /** The browser that sent the request; `undefined` without a valid cookie. */
  find(request: FastifyRequest): Browser | undefined {
    const name = this.#cookieName();
    for (const pair of (request.headers.cookie ?? '').split(';')) {
      const [key, value] = pair.trim().split('=', 2);
      if (key === name && value) return this.#browsers.get(fingerprint(value));
    }
    return undefined;
  }

  /** Sets a new cookie. `sessionId` is the session of the signed-in user, if there is one. */
  create(reply: FastifyReply, sessionId: string | null): Browser {
    const cookie = randomToken(40);
    const browser: Browser = { key: fingerprint(cookie), sessionId };
    this.#browsers.set(browser.key, browser);
    reply.header(
      'set-cookie',
      `${this.#cookieName()}=${cookie}; Path=/; Max-Age=${this.lifetime}; HttpOnly; SameSite=Lax`,
    );
    return browser;
  }

  delete(browser: Browser): void {
    this.#browsers.delete(browser.key);
  }

  /** @internal What lasts over a restart. */
  get tables() {
    return { browsers: this.#browsers };
  }

  clear(): void {
    this.#browsers.clear();
  }

  /** All ports of a host share its cookies, so the name contains the port of this emulator. */
  #cookieName(): string {
    return `clerk_emulator_${new URL(this.url()).port || '80'}`;
  }
}
