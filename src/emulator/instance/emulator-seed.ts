import { z } from 'zod';
import { controlSchemas } from '../control/control-schemas.js';
import type { EndpointGroup } from '../control/endpoint-groups.js';
import type { Fault } from '../control/faults.js';
import type { EmulatorSwitches } from '../emulator-options.js';
import { EmulatorSeedError } from '../emulator.errors.js';
import type { ApiKeyInput } from './api-keys.js';
import type { MachineInput } from './machines.js';
import type { OAuthApplicationInput } from './oauth-applications.js';
import type { OrganizationInput, OrganizationMembershipInput } from './organizations.js';
import type { UserInput } from './users.js';

/**
 * What an instance starts with, and goes back to on `reset()`, in place of the demo accounts. Users
 * are named by e-mail address or id, organizations by slug or id.
 */
export interface EmulatorSeed {
  readonly users?: readonly UserInput[];
  readonly organizations?: readonly OrganizationInput[];
  readonly memberships?: readonly OrganizationMembershipInput[];
  readonly oauthApplications?: readonly OAuthApplicationInput[];
  /** Documents of clients that are known by a URL (CIMD), by that URL. */
  readonly clientMetadata?: Readonly<Record<string, unknown>>;
  /** `subject` may be an e-mail address or a slug here. The secret is given, to be known. */
  readonly apiKeys?: readonly (ApiKeyInput & { readonly secret: string })[];
  readonly machines?: readonly (MachineInput & { readonly secretKey: string })[];
  /** Scopes beside Clerk's own, with what they allow in plain words. */
  readonly customScopes?: Readonly<Record<string, string>>;
  /** Custom claims of each JWT template, by its name. */
  readonly jwtTemplates?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly switches?: Partial<EmulatorSwitches>;
  readonly faults?: readonly SeededFault[];
}

/** A fault that is there from the start. */
export type SeededFault = Fault & {
  readonly group: EndpointGroup | 'all';
  /** How many requests it concerns. Default: all. */
  readonly times?: number;
};

/**
 * Reads a seed that comes from a file.
 *
 * @throws EmulatorSeedError which names each field that does not fit
 */
export function parseEmulatorSeed(value: unknown): EmulatorSeed {
  const parsed = Seed.safeParse(value);
  if (!parsed.success) throw new EmulatorSeedError(z.prettifyError(parsed.error));
  return parsed.data;
}

const list = <Item extends z.ZodType>(item: Item) => z.array(item).exactOptional();

const Seed = z.strictObject({
  users: list(controlSchemas.user),
  organizations: list(controlSchemas.organization),
  memberships: list(controlSchemas.membership),
  oauthApplications: list(controlSchemas.oauthApplication),
  clientMetadata: z.record(z.url({ protocol: /^https$/ }), z.unknown()).exactOptional(),
  apiKeys: list(controlSchemas.apiKey.extend({ secret: z.string().startsWith('ak_') })),
  machines: list(controlSchemas.machine.extend({ secretKey: z.string().startsWith('ak_') })),
  customScopes: z
    .record(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/), z.string())
    .exactOptional(),
  jwtTemplates: z.record(z.string(), z.record(z.string(), z.unknown())).exactOptional(),
  switches: controlSchemas.switches.exactOptional(),
  faults: list(controlSchemas.fault),
}) satisfies z.ZodType<EmulatorSeed>;
