import type { INestApplication, Type } from '@nestjs/common';
import type { ClerkEmulator, EndpointGroup, FaultOf } from '../emulator/index.js';
import type { ResolvedClerkOptions } from '../clerk/resolved-clerk-options.js';
import { resourceAt } from '../clerk/protected-resources.js';
import type { Era } from './caller/connection.js';
import { McpCaller, type CallerOptions } from './caller/mcp-caller.js';
import { contractOf, type CatalogContract } from './contract/catalog-contract.js';
import { endpointAt, type Endpoint } from './endpoint.js';
import { FrozenClock } from './frozen-clock.js';
import { issueCredential, type Credential } from './sign-in/issue-credential.js';
import type { Person } from './sign-in/person.js';
import { NotOnStandInError } from './testing.errors.js';
import type { Fetch } from './transport/in-process-fetch.js';

/** What {@link McpTest} is made of. */
export interface McpTestParts {
  readonly app: INestApplication;
  readonly clerk: ClerkEmulator;
  readonly endpoints: readonly Endpoint[];
  readonly clerkOptions: ResolvedClerkOptions | undefined;
  readonly era: Era;
  readonly fetch: Fetch;
  /** Ends what the test has started, the last first. */
  readonly closing: readonly (() => Promise<unknown>)[];
}

/** A fault that is on until it is cleared, for `using`. */
export interface ActiveFault extends Disposable {
  clear(): void;
}

/** An application under test, and everybody who calls it. */
export class McpTest implements AsyncDisposable {
  readonly app: INestApplication;
  /** The stand-in for Clerk: who exists, what it issues, how it misbehaves, what it was asked. */
  readonly clerk: ClerkEmulator;
  /** The time of the application, the stand-in and the tokens. */
  readonly clock = new FrozenClock();
  readonly #callers: McpCaller[] = [];
  #closed: Promise<void> | undefined;

  constructor(private readonly parts: McpTestParts) {
    this.app = parts.app;
    this.clerk = parts.clerk;
  }

  /** URL of the endpoint; of the first, where there are several. */
  get url(): string {
    return endpointAt(this.parts.endpoints, undefined).url;
  }

  /** A provider of the application. */
  get<T>(token: Type<T> | string | symbol): T {
    return this.app.get<T>(token, { strict: false });
  }

  /**
   * Signs somebody in at the stand-in.
   *
   * @throws {NotOnStandInError} the application trusts another Clerk instance, or none
   */
  async as(person: Person = {}, options: CallerOptions = {}): Promise<McpCaller> {
    const { clerk } = this.parts;
    const endpoint = endpointAt(this.parts.endpoints, options.endpoint);
    const clerkOptions = this.#clerkOptions();
    const { resource } = resourceAt(clerkOptions.resources, endpoint.path);
    const credential = await issueCredential(clerk, clerkOptions, resource, person);
    return this.#caller(endpoint, credential, options);
  }

  /** Somebody with any access token. */
  withToken(token: string, options: CallerOptions = {}): McpCaller {
    const endpoint = endpointAt(this.parts.endpoints, options.endpoint);
    const credential: Credential = {
      token,
      tokenType: 'oauth_token',
      userId: undefined,
      organizationId: undefined,
    };
    return this.#caller(endpoint, credential, options);
  }

  /** Somebody who has not signed in. */
  anonymous(options: CallerOptions = {}): McpCaller {
    return this.#caller(endpointAt(this.parts.endpoints, options.endpoint), undefined, options);
  }

  /**
   * Everything that the server promises its clients, as plain data for a snapshot.
   *
   * @param path of the endpoint. Default: the first
   */
  contract(path?: string): CatalogContract {
    const { catalog, options } = endpointAt(this.parts.endpoints, path);
    return contractOf(catalog, options);
  }

  /**
   * Makes endpoints of Clerk misbehave, until the returned object is disposed of or cleared.
   *
   * @param times how many requests it concerns. Default: all
   */
  fault<Group extends EndpointGroup | 'all'>(
    group: Group,
    fault: FaultOf<Group>,
    times?: number,
  ): ActiveFault {
    const { faults } = this.clerk;
    faults.set(group, fault, times);
    const clear = (): void => faults.clear(group);
    return { clear, [Symbol.dispose]: clear };
  }

  /** Ends the callers, the application, and the stand-in where the test started it. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #caller(
    endpoint: Endpoint,
    credential: Credential | undefined,
    options: CallerOptions,
  ): McpCaller {
    const { fetch } = this.parts;
    const era = options.era ?? this.parts.era;
    const address = options.address ?? addressOf(this.#callers.length);
    const caller = new McpCaller({ endpoint, era, fetch, credential, options, address });
    this.#callers.push(caller);
    return caller;
  }

  #clerkOptions(): ResolvedClerkOptions {
    const { clerk, clerkOptions } = this.parts;
    if (!clerkOptions) {
      throw new NotOnStandInError('The application does not import ClerkAuthModule.');
    }
    if (clerkOptions.issuer === clerk.url) return clerkOptions;
    throw new NotOnStandInError(
      `The application trusts ${clerkOptions.issuer}, and the stand-in is ${clerk.url}.`,
    );
  }

  async #close(): Promise<void> {
    this.clock.restore();
    await Promise.allSettled(this.#callers.map((caller) => caller.close()));
    for (const end of this.parts.closing) await end();
  }
}

/** An address of its own for each caller: what one does wrong is not held against the others. */
function addressOf(index: number): string {
  const host = index + 1;
  return `10.${(host >> 16) & 255}.${(host >> 8) & 255}.${host & 255}`;
}
