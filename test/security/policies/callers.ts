import {
  ADA,
  GRACE,
  KATHERINE,
  accessToken,
  sessionToken,
  userIdOf,
} from '../../support/people.js';
import type { TestService } from '../../support/service.js';

/** Somebody who calls, and what the test knows of them by itself. */
export interface Caller {
  readonly name: string;
  readonly token: (service: TestService) => Promise<string> | string;
  readonly kind?: 'oauth_token' | 'session_token' | 'api_key' | 'm2m_token';
  readonly email?: string;
  /** `undefined` for a kind of credential that has none. */
  readonly scopes?: readonly string[];
  /** What Clerk knows of the membership; `none` for one that only the token claims. */
  readonly organization?: 'none' | 'bare' | 'member' | 'admin';
  readonly features?: readonly string[];
  readonly plans?: readonly string[];
  /** Minutes since the user verified. */
  readonly verified?: number;
  readonly isImpersonated?: true;
  /** Whether an agent acts for the user, by token exchange. */
  readonly isDelegated?: true;
}

const ENGINES = 'analytical-engines';
const IN_ORGANIZATION = ['profile', 'email', 'user:org:read'];

const oauth = (
  name: string,
  format: 'jwt' | 'opaque',
  email: string,
  scopes: readonly string[],
  more: Partial<Caller> & { readonly claims?: Record<string, unknown> } = {},
): Caller => {
  const { claims, ...rest } = more;
  const acts = rest.organization === 'member' || rest.organization === 'admin';
  return {
    name: `${name} (OAuth, ${format})`,
    kind: 'oauth_token',
    email,
    scopes,
    token: (service) =>
      accessToken(service, {
        user: email,
        format,
        scopes,
        ...(acts && { organization: ENGINES }),
        ...(rest.isDelegated && { claims: { act: { sub: 'agent' } } }),
        ...(claims && { claims: { org_id: organizationId(service) } }),
      }),
    ...rest,
  };
};

const session = (
  name: string,
  email: string,
  more: Partial<Caller> & { readonly claims?: Record<string, unknown> } = {},
): Caller => {
  const { claims, ...rest } = more;
  return {
    name: `${name} (session)`,
    kind: 'session_token',
    email,
    verified: 0,
    token: (service) =>
      sessionToken(service, {
        user: email,
        ...(rest.organization && { organization: ENGINES }),
        ...(rest.isImpersonated && { actor: { sub: userIdOf(service, GRACE) } }),
        ...(claims && { claims }),
      }),
    ...rest,
  };
};

export const CALLERS: readonly Caller[] = [
  { name: 'nobody', token: () => '' },
  oauth('without scopes', 'jwt', ADA, ['profile', 'email']),
  oauth('who may read', 'jwt', ADA, ['email', 'notes:read']),
  oauth('who may write', 'opaque', ADA, ['notes:write']),
  oauth('an admin', 'jwt', ADA, IN_ORGANIZATION, { organization: 'admin' }),
  oauth('an admin who may read', 'opaque', ADA, [...IN_ORGANIZATION, 'notes:read'], {
    organization: 'admin',
  }),
  oauth('a member', 'opaque', GRACE, IN_ORGANIZATION, { organization: 'member' }),
  oauth('a stranger to the organization of the token', 'jwt', KATHERINE, ['profile'], {
    organization: 'none',
    claims: {},
  }),
  oauth('for whom an agent acts', 'jwt', ADA, ['email', 'notes:read'], { isDelegated: true }),
  session('without an organization', KATHERINE, { plans: ['user:free_user'] }),
  session('an admin', ADA, { organization: 'admin', plans: ['org:pro'] }),
  session('a member who verified long ago', GRACE, {
    organization: 'member',
    plans: ['org:pro'],
    verified: 100,
    claims: { fva: [100, -1] },
  }),
  session('impersonated', ADA, { isImpersonated: true, plans: ['user:free_user'] }),
  session('with a feature', KATHERINE, {
    features: ['user:export'],
    plans: ['user:free_user'],
    claims: { fea: 'u:export' },
  }),
  {
    name: 'the key of a user',
    kind: 'api_key',
    email: ADA,
    scopes: ['notes:read'],
    token: (service) =>
      service.clerk.apiKeys.create({
        name: 'key',
        subject: userIdOf(service, ADA),
        scopes: ['notes:read'],
      }).secret,
  },
  {
    name: 'the key of an organization',
    kind: 'api_key',
    scopes: [],
    organization: 'bare',
    token: (service) =>
      service.clerk.apiKeys.create({ name: 'key', subject: organizationId(service) }).secret,
  },
  {
    name: 'a machine',
    kind: 'm2m_token',
    token: ({ clerk }) => {
      const machine = clerk.machines.create({ name: 'worker' });
      return clerk.machines.createToken({ machine: machine.id }).token;
    },
  },
];

function organizationId({ clerk }: TestService): string {
  return clerk.organizations.get(ENGINES).id;
}
