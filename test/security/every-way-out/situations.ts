import { ClerkRevocations } from '../../../src/clerk/revocation/clerk-revocations.js';
import { FrozenClock } from '../../../src/testing/frozen-clock.js';
import type { OAuthTokenOptions } from '../../../src/emulator/index.js';
import { ADA, GRACE, accessToken, sessionToken, userIdOf } from '../../support/people.js';
import type { TestService } from '../../support/service.js';
import type { Caller } from '../policies/callers.js';

export const clock = new FrozenClock();

const ENGINES = 'analytical-engines';
const SCOPES = ['email', 'user:org:read', 'notes:read'];

/** Tokens of one identity: with the first it starts what it has, with the second it comes back. */
export interface Tokens {
  readonly first: string | undefined;
  readonly second: string | undefined;
}

/** Somebody who had access, and what became of it. */
export interface Situation {
  readonly name: string;
  readonly signIn: (service: TestService) => Promise<Tokens>;
  /** Takes access away, once streams are open. */
  readonly lose?: (service: TestService) => unknown;
  /** Who comes back, for the rules to judge. */
  readonly caller: Omit<Caller, 'token' | 'name'>;
  /** Rules that refuse now, whoever it is. */
  readonly refusing?: readonly string[];
  /** Rules that may go either way for a while. */
  readonly unsettled?: readonly string[];
  /** Whether tasks and sessions of the first token are somebody else's. */
  readonly isStranger?: true;
  /** Whether no request is served any more, whatever it asks for. */
  readonly isShutOut?: true;
}

export const full = {
  kind: 'oauth_token',
  email: ADA,
  scopes: SCOPES,
  organization: 'admin',
} as const;

const token = (service: TestService, options: Partial<OAuthTokenOptions> = {}) =>
  accessToken(service, { user: ADA, scopes: SCOPES, organization: ENGINES, ...options });

const same = async (issued: Promise<string>): Promise<Tokens> => {
  const one = await issued;
  return { first: one, second: one };
};

/** An administrator of one's own, whose access can be taken away for good. */
let latest = '';
const newcomer = (service: TestService) => {
  const { users, organizations } = service.clerk;
  latest = users.create({ emailAddress: `${Math.random()}@example.com` }).id;
  organizations.addMember({ organization: ENGINES, user: latest, role: 'org:admin' });
  return same(token(service, { user: latest }));
};

export const SITUATIONS: readonly Situation[] = [
  {
    name: 'nobody',
    signIn: async (service) => ({ first: await token(service), second: undefined }),
    caller: {},
    isStranger: true,
  },
  { name: 'somebody with full access', signIn: (service) => same(token(service)), caller: full },
  {
    name: 'one who lost a scope',
    signIn: async (service) => ({
      first: await token(service),
      second: await token(service, { scopes: SCOPES.slice(0, 2) }),
    }),
    caller: { ...full, scopes: SCOPES.slice(0, 2) },
  },
  {
    name: 'one who comes back in another organization',
    signIn: async (service) => {
      const { organizations } = service.clerk;
      const other = organizations.create({ name: `Other ${Math.random()}` }).id;
      organizations.addMember({ organization: other, user: ADA, role: 'org:member' });
      const second = await token(service, { organization: other });
      return { first: await token(service), second };
    },
    caller: { ...full, organization: 'member' },
    // Who has just joined is found within two seconds.
    unsettled: ['organization'],
    isStranger: true,
  },
  {
    name: 'another user of the organization',
    signIn: async (service) => ({
      first: await token(service),
      second: await token(service, { user: GRACE }),
    }),
    caller: { ...full, email: GRACE, organization: 'member' },
    isStranger: true,
  },
  {
    name: 'one who was banned',
    signIn: newcomer,
    lose: ({ clerk }) => clerk.users.update(latest, { banned: true }),
    caller: full,
    refusing: ['verified', 'verified-now'],
  },
  {
    name: 'one who left the organization',
    signIn: newcomer,
    lose: ({ clerk }) => clerk.organizations.removeMember(ENGINES, latest),
    caller: full,
    refusing: ['verified', 'verified-now'],
    // Membership that is looked up may be half a minute old; what is verified anew is not.
    unsettled: ['admin', 'organization', 'verified-now'],
  },
  {
    name: 'one whose access was revoked',
    signIn: newcomer,
    lose: ({ app }) => app.get(ClerkRevocations).revoke({ userId: latest }),
    caller: {},
    isShutOut: true,
  },
  {
    name: 'one whose token has expired',
    signIn: newcomer,
    lose: () => clock.advance({ days: 2 }),
    caller: {},
    isShutOut: true,
  },
  {
    name: 'an impersonator',
    signIn: (service) =>
      same(
        sessionToken(service, {
          user: ADA,
          organization: ENGINES,
          expiresInSeconds: 86_400,
          actor: { sub: userIdOf(service, GRACE) },
        }),
      ),
    caller: { kind: 'session_token', email: ADA, organization: 'admin', isImpersonated: true },
  },
  {
    name: 'an impersonator who is not named',
    signIn: (service) =>
      same(
        sessionToken(service, {
          user: ADA,
          organization: ENGINES,
          expiresInSeconds: 86_400,
          claims: { act: {} },
        }),
      ),
    caller: { kind: 'session_token', email: ADA, organization: 'admin', isImpersonated: true },
  },
  {
    name: 'an agent that acts for the user',
    signIn: (service) =>
      same(
        accessToken(service, {
          user: ADA,
          scopes: SCOPES,
          organization: ENGINES,
          claims: { act: { sub: 'agent' } },
        }),
      ),
    caller: { ...full, isDelegated: true },
  },
  {
    name: 'the key of a user',
    signIn: (service) =>
      same(
        Promise.resolve(
          service.clerk.apiKeys.create({
            name: 'key',
            subject: userIdOf(service, ADA),
            scopes: ['notes:read'],
          }).secret,
        ),
      ),
    caller: { kind: 'api_key', email: ADA, scopes: ['notes:read'] },
  },
];
