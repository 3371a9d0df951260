import { createClerkClient, type ClerkClient } from '@clerk/backend';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { ClerkEmulator, ClerkEmulatorOptions } from '../../src/emulator/index.js';
import { type EmulatorRoute, EXCHANGE_ID, startObserved } from './emulator-traffic.js';
import { EXCEPTIONS, exceptionFor } from './exceptions.js';
import type { Exchange } from './exchange.js';
import { record } from './records.js';
import { isClerks } from './routes.js';
import { isRefusal, validateExchange, type Violation, violationText } from './validate-exchange.js';

/** An emulator whose every exchange is validated against Clerk's documents. */
export interface ValidatedEmulator {
  readonly emulator: ClerkEmulator;
  readonly routes: readonly EmulatorRoute[];
  /** Violations so far of every client but `fetch`. */
  readonly violations: readonly Violation[];
  /** Like the global one, with paths of the emulator; throws on a violation. */
  fetch(url: string | URL, init?: RequestInit): Promise<Response>;
}

/** Starts an emulator. {@link clerkUnderTest} does it for the tests of a file. */
export async function validated(options: ClerkEmulatorOptions = {}): Promise<ValidatedEmulator> {
  const violations: Violation[] = [];
  const byExchange = new Map<string, readonly Violation[]>();
  const { emulator, routes } = await startObserved(options, (exchange, id) => {
    if (!isValidated(exchange)) return;
    const found = validateExchange(exchange).map((violation) => ({
      violation,
      exception: exceptionFor(violation),
    }));
    const left = found.flatMap(({ violation, exception }) => (exception ? [] : [violation]));
    record({
      method: exchange.method,
      route: exchange.route,
      status: exchange.status,
      refused: isRefusal(exchange),
      exceptions: found.flatMap(({ exception }) =>
        exception ? [EXCEPTIONS.indexOf(exception)] : [],
      ),
    });
    if (id === undefined) violations.push(...left);
    else byExchange.set(id, left);
  });
  let count = 0;
  return {
    emulator,
    routes,
    violations,
    fetch: async (url, init = {}) => {
      const id = String(++count);
      const headers = new Headers(init.headers);
      headers.set(EXCHANGE_ID, id);
      const target = new URL(url, emulator.url);
      const response = await fetch(target, { redirect: 'manual', ...init, headers });
      expectNone(byExchange.get(id) ?? []);
      return response;
    },
  };
}

/** An answer with its parsed body. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read what the documents describe
  readonly body: any;
}

interface CallOptions {
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string>>;
  /** Bearer token. Default: the secret key; `null` sends none. */
  readonly key?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * An emulator for the tests of a `describe`: started before them, closed after them. A test in which any
 * client caused a violation fails.
 */
export function clerkUnderTest(options: ClerkEmulatorOptions = {}): ClerkUnderTest {
  return new ClerkUnderTest(options);
}

export class ClerkUnderTest {
  #validated: ValidatedEmulator | undefined;
  #seen = 0;

  constructor(options: ClerkEmulatorOptions) {
    beforeAll(async () => {
      this.#validated = await validated(options);
    });
    afterEach(() => {
      const { violations } = this.#running;
      const fresh = violations.slice(this.#seen);
      this.#seen = violations.length;
      expectNone(fresh);
      this.emulator.faults.clear();
    });
    afterAll(() => this.#validated?.emulator.close());
  }

  get emulator(): ClerkEmulator {
    return this.#running.emulator;
  }

  get routes(): readonly EmulatorRoute[] {
    return this.#running.routes;
  }

  /** Clerk's own SDK, with the secret key. */
  get sdk(): ClerkClient {
    const { url, secretKey, publishableKey } = this.emulator;
    const telemetry = { disabled: true };
    return createClerkClient({ apiUrl: url, secretKey, publishableKey, telemetry });
  }

  fetch(url: string | URL, init?: RequestInit): Promise<Response> {
    return this.#running.fetch(url, init);
  }

  get(path: string, options?: CallOptions): Promise<Answer> {
    return this.call('GET', path, options);
  }

  post(path: string, body?: unknown, options?: CallOptions): Promise<Answer> {
    return this.call('POST', path, { body, ...options });
  }

  patch(path: string, body?: unknown, options?: CallOptions): Promise<Answer> {
    return this.call('PATCH', path, { body, ...options });
  }

  put(path: string, body?: unknown, options?: CallOptions): Promise<Answer> {
    return this.call('PUT', path, { body, ...options });
  }

  delete(path: string, options?: CallOptions): Promise<Answer> {
    return this.call('DELETE', path, options);
  }

  async call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const { query = {}, body, form, key = this.emulator.secretKey, headers = {} } = options;
    const url = new URL(path, this.emulator.url);
    for (const [name, value] of Object.entries(query)) {
      for (const one of [value].flat()) url.searchParams.append(name, String(one));
    }
    const response = await this.fetch(url, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(text) : text,
    };
  }

  get #running(): ValidatedEmulator {
    if (!this.#validated) throw new TypeError('The emulator runs within tests only.');
    return this.#validated;
  }
}

/** Asserts that Clerk would refuse: `[status, code of the first error]`. */
export function expectRefusal(answer: Answer, status: number, code: string): void {
  const { errors, error } = answer.body as {
    readonly errors?: readonly { readonly code: string }[];
    readonly error?: string;
  };
  expect([answer.status, errors?.[0]?.code ?? error]).toEqual([status, code]);
}

function expectNone(violations: readonly Violation[]): void {
  const texts = new Set(violations.map(violationText));
  // In the message, because Vitest cuts long values.
  if (texts.size > 0) expect.fail([...texts].join('\n'));
}

/** What the emulator serves for Clerk, and what it refuses to serve for Clerk. */
function isValidated({ method, route }: Exchange): boolean {
  if (method === 'HEAD' || method === 'OPTIONS' || route === undefined) return false;
  return route === '/v1/*' || isClerks({ method, url: route });
}
