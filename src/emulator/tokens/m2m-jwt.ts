import type { EmulatorCore } from '../emulator-core.js';
import { hexId } from '../instance/clerk-id.js';
import type { M2MToken } from '../instance/m2m-tokens.js';
import type { Machine } from '../instance/machines.js';

/** A machine-to-machine token as a JWT. Clerk does not keep such tokens, so nobody can revoke them. */
export async function signM2MToken(
  core: EmulatorCore,
  machine: Machine,
  input: {
    readonly claims: Readonly<Record<string, unknown>> | null;
    readonly expiresInSeconds: number;
  },
): Promise<M2MToken & { readonly token: string }> {
  const issuedAt = Math.floor(core.now() / 1000);
  const expiresAt = issuedAt + input.expiresInSeconds;
  const id = hexId('mt');
  const token = await core.keys.sign(
    { cat: M2M_TOKEN_CATEGORY },
    {
      ...input.claims,
      iss: core.url,
      sub: machine.id,
      jti: id,
      iat: issuedAt,
      nbf: issuedAt,
      exp: expiresAt,
    },
  );
  return {
    ...tokenOf(machine, id, issuedAt * 1000, expiresAt * 1000),
    claims: input.claims,
    token,
  };
}

/** The token of a JWT that the instance signed; `undefined` for any other. Check its expiration. */
export async function readM2MJwt(core: EmulatorCore, jwt: string): Promise<M2MToken | undefined> {
  const claims = await core.keys.verify(jwt);
  if (!claims) return undefined;
  const { iss: _iss, sub, jti, iat, nbf: _nbf, exp, ...custom } = claims;
  if (typeof sub !== 'string' || typeof jti !== 'string') return undefined;
  if (typeof iat !== 'number' || typeof exp !== 'number' || !jti.startsWith('mt_'))
    return undefined;
  const machine = core.machines.find(sub);
  if (!machine) return undefined;
  return {
    ...tokenOf(machine, jti, iat * 1000, exp * 1000),
    claims: Object.keys(custom).length > 0 ? custom : null,
  };
}

/** `cat` in the header of a machine-to-machine token. */
const M2M_TOKEN_CATEGORY = 'cl_B7d4PD333AAA';

/** A JWT has no claim for its scopes: the machine may reach what it may reach now. */
function tokenOf(
  machine: Machine,
  id: string,
  createdAt: number,
  expiration: number,
): Omit<M2MToken, 'claims'> {
  return {
    id,
    subject: machine.id,
    scopes: machine.scopedMachines,
    revoked: false,
    revocationReason: null,
    expiration,
    lastUsedAt: null,
    createdAt,
    updatedAt: createdAt,
  };
}
