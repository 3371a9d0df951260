import { z } from 'zod';
import { EmulatorUnknownResourceError, OAuthError, quoted } from '../emulator.errors.js';
import type { LastingPart } from './bounded-store.js';

/** Scopes of an authorization request without `scope`. */
export const DEFAULT_REQUEST_SCOPES: readonly string[] = ['profile', 'email'];

/** The scopes of the instance: Clerk's and custom ones. */
export class Scopes implements LastingPart {
  readonly #descriptions: Map<string, string>;
  #changed = (): void => undefined;

  /** @param custom a description for the user, by the name of each custom scope */
  constructor(custom: Readonly<Record<string, string>>) {
    this.#descriptions = new Map(Object.entries({ ...CLERK_SCOPES, ...custom }));
  }

  /**
   * Creates a custom scope with a description for the user; `reset()` keeps it. That neither assigns
   * it to an application nor advertises it.
   */
  define(name: string, description: string = name): void {
    if (this.has(name)) return;
    this.#descriptions.set(name, description);
    this.#changed();
  }

  /** The custom scopes: a description by name. */
  get customDescriptions(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      [...this.#descriptions].filter(([name]) => !Object.hasOwn(CLERK_SCOPES, name)),
    );
  }

  /** @internal */
  snapshot(): unknown {
    return this.customDescriptions;
  }

  /** @internal Adds the scopes of the snapshot: those of the options and the seed stay. */
  restore(snapshot: unknown): void {
    for (const [name, description] of Object.entries(Descriptions.parse(snapshot))) {
      this.define(name, description);
    }
  }

  /** @internal */
  onChange(listener: () => void): void {
    this.#changed = listener;
  }

  /**
   * Deletes a custom scope. Requests and refreshes that name it then fail with `invalid_scope`.
   *
   * @throws EmulatorUnknownResourceError also for a scope of Clerk
   */
  delete(name: string): void {
    if (!this.custom.includes(name)) throw new EmulatorUnknownResourceError('custom scope', name);
    this.#descriptions.delete(name);
    this.#changed();
  }

  get names(): readonly string[] {
    return [...this.#descriptions.keys()];
  }

  /** The custom scopes. */
  get custom(): readonly string[] {
    return Object.keys(this.customDescriptions);
  }

  has(name: string): boolean {
    return this.#descriptions.has(name);
  }

  describe(name: string): string {
    return this.#descriptions.get(name) ?? name;
  }
}

/**
 * Refuses scopes that a client does not hold, in Clerk's words.
 *
 * @throws OAuthError `invalid_scope`
 */
export function refuseForeignScopes(
  instance: Scopes,
  client: { readonly scopes: readonly string[] },
  requested: readonly string[],
): void {
  const foreign = requested.find((name) => !client.scopes.includes(name) || !instance.has(name));
  if (foreign === undefined) return;
  const scope = quoted(foreign);
  throw new OAuthError(
    'invalid_scope',
    `The OAuth 2.0 Client is not allowed to request scope ${scope}.`,
  );
}

/** The names in a space-delimited scope parameter, each once. */
export function parseScope(scope: string | null | undefined): readonly string[] {
  return [...new Set((scope ?? '').split(' ').filter(Boolean))];
}

const Descriptions = z.record(z.string(), z.string());

/** Clerk's scopes, each with a description for the user. */
export const CLERK_SCOPES: Readonly<Record<string, string>> = {
  openid: 'Confirm who you are',
  profile: 'See your name, username and picture',
  email: 'See your e-mail address',
  offline_access: 'Stay connected while you are away',
  public_metadata: 'Read the public details that are kept about you',
  private_metadata: 'Read the private details that are kept about you',
  'user:org:read': 'See the organization that you choose',
};
