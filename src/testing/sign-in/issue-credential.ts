import type { ClerkEmulator } from '../../emulator/index.js';
import type { ResolvedClerkOptions } from '../../clerk/resolved-clerk-options.js';
import type { TokenType } from '../../clerk/tokens/classify.js';
import type { Person } from './person.js';
import { settle, type Settled } from './settle.js';

/** A credential that the stand-in issued, and whom it speaks for. */
export interface Credential {
  readonly token: string;
  readonly tokenType: TokenType;
  /** Id of the user; absent for machines and for keys of an organization. */
  readonly userId: string | undefined;
  readonly organizationId: string | undefined;
}

/**
 * Has the stand-in issue the credential that a person asks for.
 *
 * @param resource identifier of the protected resource that it is for
 */
export async function issueCredential(
  clerk: ClerkEmulator,
  options: ResolvedClerkOptions,
  resource: string,
  person: Person,
): Promise<Credential> {
  const tokenType = person.tokenType ?? usualType(options.acceptedTokens);
  if (tokenType === 'm2m_token') {
    const token = machineToken(clerk, person);
    return { token, tokenType, userId: undefined, organizationId: undefined };
  }
  const settled = settle(clerk, person);
  const token = await issue(clerk, options, { person, settled, tokenType, resource });
  return {
    token,
    tokenType,
    userId: tokenType === 'api_key' && settled.organizationId ? undefined : settled.userId,
    organizationId: settled.organizationId,
  };
}

function usualType(accepted: ReadonlySet<TokenType>): TokenType {
  const [first = 'oauth_token'] = accepted;
  return accepted.has('oauth_token') ? 'oauth_token' : first;
}

interface Order {
  readonly person: Person;
  readonly settled: Settled;
  readonly tokenType: Exclude<TokenType, 'm2m_token'>;
  readonly resource: string;
}

async function issue(
  clerk: ClerkEmulator,
  options: ResolvedClerkOptions,
  { person, settled, tokenType, resource }: Order,
): Promise<string> {
  const { userId: user, organizationId: organization } = settled;
  const changes = changesOf(person);
  switch (tokenType) {
    case 'oauth_token':
      return clerk.issue.oauthAccessToken({
        user,
        ...defined({ organization, clientId: person.clientId }),
        scopes: withOrganization(person.scopes ?? ['profile', 'email'], organization),
        ...(person.resource !== null && { resource: person.resource ?? resource }),
        format: person.format ?? 'jwt',
        ...changes,
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
        ...changes,
      });
    }
    case 'session_token': {
      const { impersonatedBy, sessionStatus: status } = person;
      const actor =
        impersonatedBy === undefined ? undefined : { sub: clerk.users.get(impersonatedBy).id };
      return clerk.issue.sessionToken({
        user,
        ...defined({ organization, status, actor, authorizedParty: options.authorizedParties[0] }),
        ...changes,
        claims: { ...sessionClaims(person), ...person.claims },
      });
    }
    case 'jwt_template':
      return clerk.issue.jwtTemplateToken({
        user,
        ...defined({ authorizedParty: options.authorizedParties[0] }),
        ...changes,
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

function changesOf({ claims, omitClaims, signedBy, expiresIn }: Person) {
  return defined({ claims, omitClaims, signedBy, expiresInSeconds: expiresIn });
}

/** Clerk tells the organization only to those who were granted to see it. */
function withOrganization(scopes: readonly string[], organization: string | undefined) {
  return organization === undefined ? scopes : [...new Set([...scopes, 'user:org:read'])];
}

type Defined<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** The members that have a value. */
function defined<T extends object>(members: T): Defined<T> {
  // Object.fromEntries knows nothing of its keys.
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as Defined<T>;
}
