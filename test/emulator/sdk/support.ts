import { type ClerkClient, createClerkClient } from '@clerk/backend';
import { expect } from 'vitest';
import type { ClerkEmulator } from '../../../src/emulator/index.js';

/** A namespace of Clerk's SDK, such as `clerk.users`, that remembers which of its methods ran. */
export interface RecordedNamespace<Namespace extends object> {
  readonly api: Namespace;
  /** The methods of the installed SDK that no test has called. */
  uncalled(): readonly string[];
}

/** Clerk's SDK, connected to the emulator. */
export function sdkOf(
  emulator: ClerkEmulator,
  options: { readonly machineSecretKey?: string } = {},
): ClerkClient {
  return createClerkClient({
    apiUrl: emulator.url,
    secretKey: emulator.secretKey,
    publishableKey: emulator.publishableKey,
    telemetry: { disabled: true },
    ...options,
  });
}

/** Records the calls of a namespace, to see that its tests cover every method. */
export function recorded<Namespace extends object>(
  namespace: Namespace,
): RecordedNamespace<Namespace> {
  const called = new Set<string>();
  const api = new Proxy(namespace, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      called.add(String(name));
      // Private members of the SDK belong to the object behind the proxy.
      return member.bind(target) as unknown;
    },
  });
  return {
    api,
    uncalled: () => methodsOf(namespace).filter((method) => !called.has(method)),
  };
}

/** The public methods of a namespace, as the installed SDK has them. */
export function methodsOf(namespace: object): readonly string[] {
  return Object.getOwnPropertyNames(Object.getPrototypeOf(namespace)).filter(
    (name) => name !== 'constructor',
  );
}

/** Calls what the emulator does not have, and expects its 501 with the code of the reason. */
export async function expectUnsupported(
  call: () => Promise<unknown>,
  code:
    'emulator_unsupported_route' | 'emulator_unsupported_parameter' = 'emulator_unsupported_route',
): Promise<void> {
  await expect(call()).rejects.toMatchObject({
    status: 501,
    errors: [{ code, message: expect.stringContaining('https://api.clerk.com/v1/') }],
  });
}
