import type { JsonObject } from '../../request/json-object.js';
import type { ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { invalidToken } from './token-refusals.js';

/**
 * Checks that a machine token is meant for the machine that this server is, if the server is one.
 *
 * @param machines that the token names
 * @param clerk `confirmed`: Clerk has checked the token with the secret key of this machine
 * @throws {AccessRefusedError} `invalid_token` if it names other machines, or nobody says whom it is for
 */
export function checkMachine(
  machines: readonly string[],
  clerk: 'confirmed' | 'not_asked',
  { machineId, machineSecretKey }: Pick<ResolvedClerkOptions, 'machineId' | 'machineSecretKey'>,
): void {
  const isNamed = machineId !== null && machines.includes(machineId);
  if (isNamed) return;
  const isOtherNamed = machineId !== null && machines.length > 0;
  if (clerk === 'confirmed' && !isOtherNamed) return;
  if (machineId === null && machineSecretKey === null) return;
  throw invalidToken('The machine token does not say that it is meant for this machine.');
}

/**
 * The machines that the claims of a token name: `scopes` as a string or a list, and `aud`. Clerk adds neither to a
 * JWT: both are custom claims.
 */
export function machinesIn({ scopes, aud }: JsonObject): readonly string[] {
  const names = [scopes, aud].flat().filter((value) => typeof value === 'string');
  return names.flatMap((value) => value.split(' ')).filter((name) => MACHINE_ID.test(name));
}

/** The id of a machine at Clerk. */
export const MACHINE_ID = /^mch_\w+$/;
