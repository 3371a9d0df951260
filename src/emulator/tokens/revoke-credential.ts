import { decodeJwt } from 'jose';
import type { EmulatorCore } from '../emulator-core.js';
import { EmulatorUnknownResourceError, OAuthError } from '../emulator.errors.js';

/**
 * Revokes a credential, whoever it belongs to: an opaque access token, a session token with its session, an
 * API key or a machine token.
 *
 * @throws OAuthError a JWT access token, which cannot be revoked at Clerk
 * @throws EmulatorUnknownResourceError the credential is unknown
 */
export async function revokeCredential(core: EmulatorCore, token: string): Promise<void> {
  const key = core.apiKeys.findBySecret(token);
  if (key) {
    core.apiKeys.revoke(key.id);
    return;
  }
  const machineToken = core.machines.tokens.findByValue(token);
  if (machineToken) {
    core.machines.revokeToken(machineToken.id);
    return;
  }
  const session = core.sessions.find(sessionIdIn(token) ?? '');
  if (session) {
    core.sessions.revoke(session.id);
    return;
  }
  const accessToken = await core.accessTokens.find(token);
  if (accessToken?.format === 'jwt') {
    throw new OAuthError('unsupported_token_type', 'A JWT access token cannot be revoked.');
  }
  if (!accessToken) throw new EmulatorUnknownResourceError('credential', 'of the request');
  core.accessTokens.revoke(accessToken.id);
  core.grants.revoke(accessToken.grantId);
}

function sessionIdIn(token: string): string | undefined {
  try {
    const { sid } = decodeJwt(token);
    return typeof sid === 'string' ? sid : undefined;
  } catch {
    return undefined;
  }
}
