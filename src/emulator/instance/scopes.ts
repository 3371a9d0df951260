/** Clerk's own scopes, with what each allows in plain words. */
const CLERK_SCOPES: Readonly<Record<string, string>> = {
  openid: 'Confirm who you are',
  profile: 'See your name, username and picture',
  email: 'See your e-mail address',
  offline_access: 'Stay connected while you are away',
  public_metadata: 'Read the public details that are kept about you',
  private_metadata: 'Read the private details that are kept about you',
  'user:org:read': 'See the organization that you choose',
};

/** Scopes of a request that names none. */
export const DEFAULT_REQUEST_SCOPES: readonly string[] = ['profile', 'email'];

/** The scopes of the instance: Clerk's and custom ones. */
export class Scopes {
  readonly #descriptions: Map<string, string>;

  /** @param custom what each custom scope allows, in plain words */
  constructor(custom: Readonly<Record<string, string>>) {
    this.#descriptions = new Map(Object.entries({ ...CLERK_SCOPES, ...custom }));
  }

  /** Adds a scope to the instance, with what it allows in plain words. It stays over a reset. */
  define(name: string, description: string = name): void {
    if (!this.has(name)) this.#descriptions.set(name, description);
  }

  get names(): readonly string[] {
    return [...this.#descriptions.keys()];
  }

  /** What an application may ask for unless it says otherwise. */
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
