import { REVOCATION_TARGETS, type Revocation } from '../../access/revocation.js';
import { isJsonObject } from '../json-object.js';
import { InvalidRevocationError } from './invalid-revocation.error.js';

/**
 * Checks a revocation that comes from code of the application, or from another node.
 *
 * @throws {InvalidRevocationError} it names nobody, or something that no credential has
 */
export function checkRevocation(revocation: unknown): Revocation {
  if (!isJsonObject(revocation)) throw new InvalidRevocationError('is not an object.');
  const { exceptRole, before } = revocation;
  for (const name of [...REVOCATION_TARGETS, 'exceptRole']) {
    const value = revocation[name];
    if (value === undefined || (typeof value === 'string' && value !== '')) continue;
    throw new InvalidRevocationError(
      `names a ${name} that is not a text. Pass the id, or leave it out.`,
    );
  }
  if (REVOCATION_TARGETS.every((name) => revocation[name] === undefined)) {
    throw new InvalidRevocationError(
      `names nobody. Pass one or more of: ${REVOCATION_TARGETS.join(', ')}.`,
    );
  }
  if (exceptRole !== undefined && revocation['organizationId'] === undefined) {
    throw new InvalidRevocationError('spares a role without naming the organizationId.');
  }
  if (before !== undefined && !(typeof before === 'number' && Number.isFinite(before))) {
    throw new InvalidRevocationError(
      'has a "before" that is no time. Pass milliseconds since the epoch.',
    );
  }
  return revocation;
}
