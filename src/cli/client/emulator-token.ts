import { readProtectedResource } from '../../clerk/protected-resources.js';
import { LOOPBACK_ISSUER } from '../application/boot-application.js';
import { createProbe, describeAnswer, isDocument } from '../probe.js';
import type { Terminal } from '../terminal.js';

/**
 * Gets an access token from the local Clerk emulator that a server uses.
 *
 * @param url of the endpoint
 */
export async function emulatorToken(
  url: string,
  { user, scope }: { readonly user: string; readonly scope: string | undefined },
  terminal: Terminal,
): Promise<string> {
  const probe = createProbe(() => terminal.now(), terminal.stopped);
  const { origin, pathname } = new URL(url);
  const metadata = await probe(readProtectedResource(origin, pathname).metadataURL);
  if (!isDocument(metadata)) throw new Error(`${describeAnswer(metadata)}. Start the server.`);
  const { authorization_servers: issuers, resource, scopes_supported: named } = metadata.json;
  const issuer: unknown = Array.isArray(issuers) ? issuers[0] : undefined;
  // The document must not make this command send anything to another machine.
  if (typeof issuer !== 'string' || !LOOPBACK_ISSUER.test(issuer)) {
    throw new Error(
      'The server does not use a local Clerk emulator, so that --as is of no use. Sign in without it.',
    );
  }
  const scopes = scope?.split(' ').filter(Boolean) ?? named;
  const answer = await probe(`${issuer}/__emulator/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'oauth_access_token', user, resource, scopes }),
  });
  if ('status' in answer && answer.status === 400) {
    const { message } = answer.json ?? {};
    throw new Error(`The emulator issues no token for ${user}: ${String(message)}`);
  }
  const token = isDocument(answer) ? answer.json['token'] : undefined;
  if (typeof token === 'string') return token;
  throw new Error(`${describeAnswer(answer)}. The local Clerk emulator ${issuer} gives no token.`);
}
