import type { EmulatorSwitches } from '../../../emulator/emulator-switches.js';
import type { Check } from '../report.js';

/** What a run found out. */
export class Findings {
  readonly checks: Check[] = [];
  /** Switches of the emulator that make it answer as the instance did. */
  readonly switches: Partial<EmulatorSwitches> = {};
  readonly facts: LiveFacts = {};
  readonly #unseen = new Map<SwitchName, string>();

  /** Switches that the run could not see, each with the reason. */
  get unseen(): Readonly<Record<string, string>> {
    const entries = SWITCH_NAMES.filter((name) => this.switches[name] === undefined);
    return Object.fromEntries(
      entries.map((name) => [
        name,
        this.#unseen.get(name) ?? 'The check that shows it did not end.',
      ]),
    );
  }

  add(...checks: readonly Check[]): void {
    this.checks.push(...checks);
  }

  saw(switches: Partial<EmulatorSwitches>): void {
    Object.assign(this.switches, switches);
  }

  /** Says why switches cannot be seen; the first reason counts. */
  missed(reason: string, ...names: readonly SwitchName[]): void {
    for (const name of names) if (!this.#unseen.has(name)) this.#unseen.set(name, reason);
  }
}

export type SwitchName = keyof EmulatorSwitches;

/** Every switch, in the order of the report. A type error here means that one is missing. */
const SEEN_BY = {
  accessTokenFormat: 'sign-in',
  dynamicClientRegistration: 'registration',
  clientIdMetadataDocuments: 'metadata',
  alwaysRefreshToken: 'sign-in',
  rotateRefreshTokens: 'refresh',
  refreshTokenGraceMs: 'refresh',
  issuerInAuthorizationResponse: 'sign-in',
  staleAccessTokens: 'verification',
  defaultScopes: 'registration',
  clientMetadataScopes: 'metadata',
  advertisedScopes: 'metadata',
  loopbackRedirects: 'requests',
  invalidGrantStatus: 'requests',
  scopeClaim: 'sign-in',
  audienceClaim: 'sign-in',
  audienceAfterRefresh: 'refresh',
  resources: 'sign-in',
  unregisteredResource: 'sign-in',
  tokenCategories: 'sign-in',
  userinfoAcceptsAudience: 'userinfo',
} as const satisfies Record<SwitchName, string>;

export const SWITCH_NAMES = Object.keys(SEEN_BY) as readonly SwitchName[];

/** What the instance answered, in the terms of the open questions. It contains no credential and no id. */
export interface LiveFacts {
  metadata?: {
    readonly authorizationServer: readonly string[];
    readonly openidConfiguration: readonly string[];
    readonly issAdvertised: boolean;
    readonly clientMetadataAdvertised: boolean;
    readonly registrationAdvertised: boolean;
    readonly tokenEndpointAuthMethods: readonly string[];
    readonly grantTypes: readonly string[];
    readonly scopes: readonly string[];
  };
  settings?: {
    readonly dynamicClientRegistration: boolean | undefined;
    readonly jwtAccessTokens: boolean | undefined;
    readonly defaultScopes: readonly string[] | undefined;
  };
  registration?: {
    withoutScope?: RegistrationFact;
    withScope?: RegistrationFact;
    customScope?: RegistrationFact;
  };
  clientMetadata?: { readonly scopes: readonly string[] };
  redirects?: Readonly<Record<string, 'accepted' | 'refused' | 'unknown'>>;
  jsonTokenRequest?: { readonly status: number; readonly error: string };
  invalidGrant?: { readonly status: number; readonly error: string };
  stepUp?: Record<string, string>;
  issuerInResponse?: 'issuer' | 'other' | 'absent';
  accessToken?: TokenFact & {
    readonly format: 'jwt' | 'opaque';
    readonly lifetimeSeconds: number | undefined;
  };
  idToken?: TokenFact;
  audience?: 'string' | 'array' | 'none';
  scopeClaim?: 'scope' | 'scp' | 'both' | 'none';
  unregisteredResource?: string;
  organization?: string;
  userinfo?: {
    readonly status: number;
    readonly claims: readonly string[];
    readonly boundToken: boolean;
  };
  refreshWithoutOfflineAccess?: boolean;
  refresh?: RefreshFact;
  verification?: {
    before?: string;
    afterRevocation?: string;
    unit?: 'seconds' | 'milliseconds';
    revocation?: string;
  };
  verdicts?: Record<string, { readonly ours: string; readonly sdk: string }>;
}

/** What a client asked for at its registration, and what it holds. */
interface RegistrationFact {
  readonly asked: readonly string[];
  readonly status: number;
  readonly holds?: readonly string[];
  readonly error?: string;
}

/** A token by its header and the names of its claims. */
interface TokenFact {
  readonly typ?: string | undefined;
  readonly cat?: boolean;
  readonly claims: readonly string[];
}

interface RefreshFact {
  readonly rotates: boolean;
  readonly audienceKept?: boolean;
  readonly replay?: string;
  readonly replayRevokesGrant?: boolean;
  /** Milliseconds after the rotation at which the replaced token still worked, and no longer did. */
  readonly graceAtLeastMs?: number;
  readonly graceBelowMs?: number;
}
