/** Scopes of an authorization request without `scope`. */
export const DEFAULT_REQUEST_SCOPES: readonly string[] = ['profile', 'email'];

/** The scopes of the instance: Clerk's and custom ones. */
export class Scopes {
  readonly #descriptions: Map<string, string>;

  /** @param custom a description for the user, by the name of each custom scope */
  constructor(custom: Readonly<Record<string, string>>) {
    this.#descriptions = new Map(Object.entries({ ...CLERK_SCOPES, ...custom }));
  }

  /** Adds a scope with a description for the user. `reset()` keeps it. */
  define(name: string, description: string = name): void {
    if (!this.has(name)) this.#descriptions.set(name, description);
  }

  get names(): readonly string[] {
    return [...this.#descriptions.keys()];
  }

  /** Scopes of an application that is created without `scopes`. */
  get defaults(): readonly string[] {
    return this.names.filter((name) => name !== 'private_metadata');
  }

  has(name: string): boolean {
    return this.#descriptions.has(name);
  }

  describe(name: string): string {
    return this.#descriptions.get(name) ?? name;
  }
}

/** The names in a space-delimited scope parameter, each once. */
export function parseScope(scope: string | null | undefined): readonly string[] {
  return [...new Set((scope ?? '').split(' ').filter(Boolean))];
}

/** Clerk's scopes, each with a description for the user. */
const CLERK_SCOPES: Readonly<Record<string, string>> = {
  openid: 'Confirm who you are',
  profile: 'See your name, username and picture',
  email: 'See your e-mail address',
  offline_access: 'Stay connected while you are away',
  public_metadata: 'Read the public details that are kept about you',
  private_metadata: 'Read the private details that are kept about you',
  'user:org:read': 'See the organization that you choose',
};
