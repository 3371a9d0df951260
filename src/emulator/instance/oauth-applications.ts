import { timingSafeEqual } from 'node:crypto';
import {
  EmulatorDuplicateResourceError,
  EmulatorUnknownResourceError,
} from '../emulator.errors.js';
import { BoundedStore } from './bounded-store.js';
import { clerkId, fingerprint, randomToken } from './clerk-id.js';

/** An OAuth client of the authorization server. Times are in milliseconds since the epoch. */
export interface OAuthApplication {
  readonly id: string;
  readonly clientId: string;
  readonly name: string;
  readonly clientUri: string | null;
  readonly logoUri: string | null;
  readonly redirectUris: readonly string[];
  /** The scopes that it may request, and no others. */
  readonly scopes: readonly string[];
  /** Whether it has no secret: its `token_endpoint_auth_method` is `none`. */
  readonly public: boolean;
  readonly pkceRequired: boolean;
  readonly consentScreenEnabled: boolean;
  readonly dynamicallyRegistered: boolean;
  /** Whether a metadata document describes it (CIMD). */
  readonly describedByDocument: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Input of {@link OAuthApplications.create}. */
export interface OAuthApplicationInput {
  /** Display name. Default: the client id. */
  readonly name?: string;
  readonly redirectUris: readonly string[];
  /** Default: the `defaultScopes` of the instance. */
  readonly scopes?: readonly string[];
  /** Default: `true` unless `clientSecret` is given. */
  readonly public?: boolean;
  /** Default: the value of `public`. */
  readonly pkceRequired?: boolean;
  /** Default `true`. */
  readonly consentScreenEnabled?: boolean;
  readonly clientUri?: string | null;
  readonly logoUri?: string | null;
  /** Default: a random one. */
  readonly clientId?: string;
  /** Secret of a confidential application. Default: a random one. */
  readonly clientSecret?: string;
}

/** An application with its secret, which only creation and rotation return. */
export interface OAuthApplicationWithSecret extends OAuthApplication {
  /** Absent for a public application. */
  readonly clientSecret?: string;
}

/** The OAuth applications of the instance: created by the developer, or registered dynamically. */
export class OAuthApplications {
  readonly #created: BoundedStore<OAuthApplication>;
  // A separate store, so that many registrations never evict an application of the developer.
  readonly #registered: BoundedStore<OAuthApplication>;
  /** Fingerprints, by client id. */
  readonly #secrets: BoundedStore<string>;

  constructor(
    max: number,
    private readonly now: () => number,
    private readonly defaultScopes: () => readonly string[],
  ) {
    this.#created = new BoundedStore(max, now);
    this.#registered = new BoundedStore(max, now);
    this.#secrets = new BoundedStore(2 * max, now);
  }

  create(input: OAuthApplicationInput): OAuthApplicationWithSecret {
    return this.#add(this.#created, input, false);
  }

  /** Adds a client that registered itself (RFC 7591). */
  register(input: OAuthApplicationInput): OAuthApplicationWithSecret {
    return this.#add(this.#registered, { ...input, pkceRequired: false }, true);
  }

  /** Adds a client that is described by a metadata document (CIMD); it must use PKCE. */
  describe(input: OAuthApplicationInput): OAuthApplication {
    return this.#add(this.#registered, { ...input, pkceRequired: true }, true, true);
  }

  find(clientId: string): OAuthApplication | undefined {
    return this.#created.get(clientId) ?? this.#registered.get(clientId);
  }

  findById(id: string): OAuthApplication | undefined {
    return this.list().find((application) => application.id === id);
  }

  /** @throws EmulatorUnknownResourceError */
  get(clientId: string): OAuthApplication {
    const application = this.find(clientId);
    if (!application) throw new EmulatorUnknownResourceError('OAuth application', clientId);
    return application;
  }

  list(): OAuthApplication[] {
    return [...this.#created.values(), ...this.#registered.values()];
  }

  /** @throws EmulatorUnknownResourceError */
  update(
    clientId: string,
    changes: Partial<Omit<OAuthApplicationInput, 'clientId' | 'clientSecret'>>,
  ): OAuthApplication {
    const current = this.get(clientId);
    const application: OAuthApplication = { ...current, ...changes, updatedAt: this.now() };
    (current.dynamicallyRegistered ? this.#registered : this.#created).set(clientId, application);
    return application;
  }

  delete(clientId: string): void {
    this.#created.delete(clientId);
    this.#registered.delete(clientId);
    this.#secrets.delete(clientId);
  }

  /** @throws EmulatorUnknownResourceError */
  rotateSecret(clientId: string): OAuthApplicationWithSecret {
    return this.#withSecret(this.get(clientId), randomToken());
  }

  hasSecret(clientId: string, secret: string): boolean {
    const expected = this.#secrets.get(clientId);
    if (expected === undefined) return false;
    return timingSafeEqual(Buffer.from(expected), Buffer.from(fingerprint(secret)));
  }

  /** @internal What lasts over a restart. */
  get tables() {
    return { created: this.#created, registered: this.#registered, secrets: this.#secrets };
  }

  clear(): void {
    this.#created.clear();
    this.#registered.clear();
    this.#secrets.clear();
  }

  #add(
    store: BoundedStore<OAuthApplication>,
    input: OAuthApplicationInput,
    dynamicallyRegistered: boolean,
    describedByDocument = false,
  ): OAuthApplicationWithSecret {
    const { clientSecret, ...rest } = input;
    const clientId = input.clientId ?? randomToken(16);
    if (this.find(clientId))
      throw new EmulatorDuplicateResourceError('OAuth application', clientId);
    const isPublic = input.public ?? clientSecret === undefined;
    const now = this.now();
    const application: OAuthApplication = {
      scopes: this.defaultScopes(),
      pkceRequired: isPublic,
      consentScreenEnabled: true,
      clientUri: null,
      logoUri: null,
      name: clientId,
      ...rest,
      public: isPublic,
      id: clerkId('oa'),
      clientId,
      dynamicallyRegistered,
      describedByDocument,
      createdAt: now,
      updatedAt: now,
    };
    store.set(clientId, application);
    this.#deleteSecretsOfEvicted();
    return isPublic ? application : this.#withSecret(application, clientSecret ?? randomToken());
  }

  #withSecret(application: OAuthApplication, clientSecret: string): OAuthApplicationWithSecret {
    this.#secrets.set(application.clientId, fingerprint(clientSecret));
    return { ...application, clientSecret };
  }

  #deleteSecretsOfEvicted(): void {
    if (this.#secrets.size <= this.#created.size + this.#registered.size) return;
    for (const clientId of this.#secrets.keys()) {
      if (!this.find(clientId)) this.#secrets.delete(clientId);
    }
  }
}
