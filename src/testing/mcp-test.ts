import type { INestApplication, Type } from '@nestjs/common';
import type { ClerkEmulator, EndpointGroup, FaultOf } from '../emulator/index.js';
import type { ResolvedClerkOptions } from '../clerk/resolved-clerk-options.js';
import { resourceAt } from '../clerk/protected-resources.js';
import type { Era } from './caller/connection.js';
import { McpCaller, type CallerOptions } from './caller/mcp-caller.js';
import { contractOf, type CatalogContract } from '../mcp/catalog/catalog-contract.js';
import { endpointAt, type Endpoint } from './endpoint.js';
import { FrozenClock } from './frozen-clock.js';
import { issueCredential, type Credential } from './sign-in/issue-credential.js';
import type { Person } from './sign-in/person.js';
import { NotOnEmulatorError } from './testing.errors.js';
import type { Fetch } from './transport/in-process-fetch.js';

/** An application under test, its Clerk emulator, and its callers. */
export class McpTest implements AsyncDisposable {
  readonly app: INestApplication;
  /** The local Clerk emulator: users, tokens, faults and request counters. */
  readonly clerk: ClerkEmulator;
  /** The clock of the application, the emulator and the tokens. */
  readonly clock = new FrozenClock();
  readonly #callers: McpCaller[] = [];
  #closed: Promise<void> | undefined;

  constructor(private readonly parts: McpTestParts) {
    this.app = parts.app;
    this.clerk = parts.clerk;
  }

  /** URL of the first MCP endpoint. */
  get url(): string {
    return endpointAt(this.parts.endpoints, undefined).url;
  }

  /** Returns a provider of the application, from any module. */
  get<T>(token: Type<T> | string | symbol): T {
    return this.app.get<T>(token, { strict: false });
  }

  /**
   * Creates a caller with a credential of a person. The emulator issues the credential.
   *
   * @throws {NotOnEmulatorError} the application uses another Clerk instance, or no `ClerkAuthModule`
   */
  async as(person: Person = {}, options: CallerOptions = {}): Promise<McpCaller> {
    const { clerk } = this.parts;
    const endpoint = endpointAt(this.parts.endpoints, options.endpoint);
    const clerkOptions = this.#clerkOptions();
    const { resource } = resourceAt(clerkOptions.resources, endpoint.path);
    const credential = await issueCredential(clerk, clerkOptions, resource, person);
    return this.#caller(endpoint, credential, options);
  }

  /** Creates a caller with the given access token, valid or not. */
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

  /**
   * Creates a caller without a token. In process it calls and lists what the access rules allow to
   * anybody, whatever the sign-in mode (`signIn`) of the endpoint is; `fetch()`, and every request with
   * `transport: 'http'`, is subject to the mode.
   */
  anonymous(options: CallerOptions = {}): McpCaller {
    return this.#caller(endpointAt(this.parts.endpoints, options.endpoint), undefined, options);
  }

  /**
   * Returns everything that clients of the server rely on, as plain data for a snapshot.
   *
   * @param path path of the endpoint. Default: the first one
   */
  contract(path?: string): CatalogContract {
    const { catalog, options } = endpointAt(this.parts.endpoints, path);
    return contractOf(catalog, options);
  }

  /**
   * Makes endpoints of the emulator fail until the returned object is cleared or disposed.
   *
   * @param times number of requests that fail. Default: all
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

  /** Closes the callers, the application, and the emulator if the test started it. */
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
      throw new NotOnEmulatorError('The application does not import ClerkAuthModule.');
    }
    if (clerkOptions.issuer === clerk.url) return clerkOptions;
    throw new NotOnEmulatorError(
      `The application uses the Clerk instance ${clerkOptions.issuer}, not the emulator ${clerk.url}.`,
    );
  }

  async #close(): Promise<void> {
    this.clock.restore();
    await Promise.allSettled(this.#callers.map((caller) => caller.close()));
    for (const end of this.parts.closing) await end();
  }
}

/** A fault of the emulator that lasts until `clear()`, or until the end of the block with `using`. */
export interface ActiveFault extends Disposable {
  clear(): void;
}

interface McpTestParts {
  readonly app: INestApplication;
  readonly clerk: ClerkEmulator;
  readonly endpoints: readonly Endpoint[];
  readonly clerkOptions: ResolvedClerkOptions | undefined;
  readonly era: Era;
  readonly fetch: Fetch;
  /** Closes what the test has started, in reverse order of start. */
  readonly closing: readonly (() => Promise<unknown>)[];
}

/** A different address for each caller, so that failures of one caller do not limit the others. */
function addressOf(index: number): string {
  const host = index + 1;
  return `10.${(host >> 16) & 255}.${(host >> 8) & 255}.${host & 255}`;
}
