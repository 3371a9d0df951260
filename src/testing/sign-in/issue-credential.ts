import type { ClerkEmulator } from '../../emulator/index.js';
import type { ResolvedClerkOptions } from '../../clerk/resolved-clerk-options.js';
import type { TokenType } from '../../clerk/tokens/classify.js';
import type { Person } from './person.js';
import { ensurePerson, type PersonIds } from './ensure-person.js';

/**
 * Issues the credential of a person at the emulator.
 *
 * @param resource identifier of the protected resource, for the audience
 */
export async function issueCredential(
  clerk: ClerkEmulator,
  options: ResolvedClerkOptions,
  resource: string,
  person: Person,
): Promise<Credential> {
  const tokenType = person.tokenType ?? defaultType(options.acceptedTokens);
  if (tokenType === 'm2m_token') {
    const token = machineToken(clerk, person);
    return { token, tokenType, userId: undefined, organizationId: undefined };
  }
  const ids = ensurePerson(clerk, person);
  const token = await issue(clerk, options, { person, ids, tokenType, resource });
  return {
    token,
    tokenType,
    userId: tokenType === 'api_key' && ids.organizationId ? undefined : ids.userId,
    organizationId: ids.organizationId,
  };
}

/** A credential that the emulator issued, with the ids of its user and organization. */
export interface Credential {
  readonly token: string;
  readonly tokenType: TokenType;
  /** Id of the user; `undefined` for machines and for API keys of an organization. */
  readonly userId: string | undefined;
  readonly organizationId: string | undefined;
}

function defaultType(accepted: ReadonlySet<TokenType>): TokenType {
  const [first = 'oauth_token'] = accepted;
  return accepted.has('oauth_token') ? 'oauth_token' : first;
}

interface CredentialRequest {
  readonly person: Person;
  readonly ids: PersonIds;
  readonly tokenType: Exclude<TokenType, 'm2m_token'>;
  readonly resource: string;
}

async function issue(
  clerk: ClerkEmulator,
  options: ResolvedClerkOptions,
  { person, ids, tokenType, resource }: CredentialRequest,
): Promise<string> {
  const { userId: user, organizationId: organization } = ids;
  const overrides = overridesOf(person);
  switch (tokenType) {
    case 'oauth_token':
      return clerk.issue.oauthAccessToken({
        user,
        ...defined({ organization, clientId: person.clientId }),
        scopes: withOrganization(person.scopes ?? ['profile', 'email'], organization),
        ...(person.resource !== null && { resource: person.resource ?? resource }),
        format: person.format ?? 'jwt',
        ...overrides,
      });
    case 'id_token': {
      const clientId = person.clientId ?? options.idTokenClientIds[0];
      const scopes = withOrganization(
        person.scopes ?? ['openid', 'profile', 'email'],
        organization,
      );
      return clerk.issue.idToken({
        user,
        scopes,
        ...defined({ organization, clientId }),
        ...overrides,
      });
    }
    case 'session_token': {
      const { impersonatedBy, sessionStatus: status } = person;
      const actor =
        impersonatedBy === undefined ? undefined : { sub: clerk.users.get(impersonatedBy).id };
      return clerk.issue.sessionToken({
        user,
        ...defined({ organization, status, actor, authorizedParty: options.authorizedParties[0] }),
        ...overrides,
        claims: { ...sessionClaims(person), ...person.claims },
      });
    }
    case 'jwt_template':
      return clerk.issue.jwtTemplateToken({
        user,
        ...defined({ authorizedParty: options.authorizedParties[0] }),
        ...overrides,
      });
    case 'api_key':
      return clerk.apiKeys.create({
        name: 'test',
        subject: organization ?? user,
        createdBy: user,
        ...defined({
          scopes: person.scopes,
          claims: person.claims,
          expiresInSeconds: person.expiresIn,
        }),
      }).secret;
  }
}

function machineToken({ machines }: ClerkEmulator, { claims, expiresIn }: Person): string {
  const machine = machines.create({ name: 'test' }).id;
  return machines.createToken({ machine, ...defined({ claims, expiresInSeconds: expiresIn }) })
    .token;
}

function sessionClaims({ features, factorAge }: Person): Readonly<Record<string, unknown>> {
  return {
    ...(features && { fea: features.join(',') }),
    ...(factorAge && { fva: factorAge }),
  };
}

function overridesOf({ claims, omitClaims, signedBy, expiresIn }: Person) {
  return defined({ claims, omitClaims, signedBy, expiresInSeconds: expiresIn });
}

/** Clerk includes the organization only if this scope was granted. */
function withOrganization(scopes: readonly string[], organization: string | undefined) {
  return organization === undefined ? scopes : [...new Set([...scopes, 'user:org:read'])];
}

type Defined<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** Drops the members that are `undefined`. */
function defined<T extends object>(members: T): Defined<T> {
  // Object.fromEntries() loses the types of the keys.
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as Defined<T>;
}
