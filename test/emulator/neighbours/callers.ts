import type { ClerkEmulator } from '../../../src/emulator/index.js';
import type { SeenCaller } from './served.js';

interface Caller {
  readonly credential: string;
  readonly seen: SeenCaller;
}

/** A caller with each kind of credential that Clerk issues. */
export async function callersOf(clerk: ClerkEmulator): Promise<Readonly<Record<string, Caller>>> {
  const { id } = clerk.users.get('ada@example.com');
  const by = (tokenType: string, subject: string): SeenCaller => ({
    tokenType,
    isAuthenticated: true,
    id: subject,
  });
  const machine = clerk.machines.create({ name: 'Indexer' });
  clerk.configure({ accessTokenFormat: 'opaque' });
  const opaque = await clerk.issue.oauthAccessToken({ user: id });
  clerk.configure({ accessTokenFormat: 'jwt' });
  return {
    'a session token': {
      credential: await clerk.issue.sessionToken({ user: id }),
      seen: by('session_token', id),
    },
    'an OAuth access token (JWT)': {
      credential: await clerk.issue.oauthAccessToken({ user: id }),
      seen: by('oauth_token', id),
    },
    'an opaque OAuth access token': { credential: opaque, seen: by('oauth_token', id) },
    'an API key': {
      credential: clerk.apiKeys.create({ name: 'CI', subject: id }).secret,
      seen: by('api_key', id),
    },
    'an M2M token': {
      credential: clerk.machines.createToken({ machine: machine.id }).token,
      seen: by('m2m_token', machine.id),
    },
  };
}
