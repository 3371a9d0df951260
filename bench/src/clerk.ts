import { randomBytes } from 'node:crypto';
import { startClerkEmulator, type ClerkEmulator } from '../../dist/emulator/index.js';
import { BASE_URL, type SubjectSettings } from './settings.js';

/** The local Clerk emulator, and tokens that it has signed. */
export interface BenchClerk {
  readonly settings: SubjectSettings;
  /** As many tokens of one user; no two are alike. */
  tokens(count: number): Promise<readonly string[]>;
  /** A token of each of as many new users. */
  tokensOfUsers(count: number): Promise<readonly string[]>;
  /** An OAuth access token of a user for a client that registered itself. Default: a new user. */
  tokenOfNewClient(user?: string): Promise<string>;
  /** A token that was valid until a minute ago. */
  expiredToken(): Promise<string>;
  /** Opaque tokens, of which the server asks Clerk. */
  opaqueTokens(count: number): readonly string[];
  /** A new user. */
  newUser(): string;
  close(): Promise<void>;
}

export async function startBenchClerk(): Promise<BenchClerk> {
  const clerk: ClerkEmulator = await startClerkEmulator();
  const [account] = clerk.accounts;
  if (!account) throw new Error('The emulator has no account.');
  // A session token, since `verifyToken` of Clerk takes no other kind.
  // Longer than any run, so that no token expires in the middle of one.
  const tokenOf = (user: string, expiresInSeconds = 24 * 3600) =>
    clerk.issue.sessionToken({ user, claims: { aud: `${BASE_URL}/mcp` }, expiresInSeconds });
  let users = 0;
  const newUser = () => clerk.users.create({ emailAddress: `user-${++users}@bench.example` });
  return {
    settings: {
      issuer: clerk.url,
      secretKey: clerk.secretKey,
      publishableKey: clerk.publishableKey,
      jwtKey: clerk.keys.publicKeyPem,
      baseURL: BASE_URL,
    },
    tokens: (count) => Promise.all(Array.from({ length: count }, () => tokenOf(account.id))),
    tokensOfUsers: (count) =>
      Promise.all(Array.from({ length: count }, () => tokenOf(newUser().id))),
    expiredToken: () => tokenOf(account.id, -60),
    // Those that `subjects/stub-clerk.ts` says to be valid, not the emulator.
    opaqueTokens: (count) =>
      Array.from({ length: count }, () => `oat_${randomBytes(30).toString('base64url')}`),
    newUser: () => newUser().id,
    tokenOfNewClient: async (user = newUser().id) =>
      clerk.issue.oauthAccessToken({
        user,
        clientId: await registerClient(clerk.url),
        resource: `${BASE_URL}/mcp`,
        // Without the address: `echo` then asks nothing of Clerk.
        scopes: ['profile'],
      }),
    close: () => clerk.close(),
  };
}

/** Registers a client as anybody can (RFC 7591). */
async function registerClient(issuer: string): Promise<string> {
  const response = await fetch(`${issuer}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'bench',
      redirect_uris: ['http://127.0.0.1/callback'],
      token_endpoint_auth_method: 'none',
    }),
  });
  const { client_id: clientId } = (await response.json()) as { client_id?: string };
  if (clientId === undefined) throw new Error(`The registration was answered ${response.status}.`);
  return clientId;
}
