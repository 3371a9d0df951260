import { UsageError } from '../command.js';
import { CREDENTIAL_OPTIONS, CREDENTIAL_USAGE } from './credential.js';
import { type Era, ERAS } from './server-connection.js';

/** Options of the commands that talk to a server. */
export const CONNECTION_OPTIONS = {
  ...CREDENTIAL_OPTIONS,
  token: { type: 'boolean', default: false },
  'sign-in': { type: 'boolean', default: false },
  era: { type: 'string', default: 'auto' },
  json: { type: 'boolean', default: false },
} as const;

/** Help for {@link CONNECTION_OPTIONS}. */
export const CONNECTION_USAGE = `  --token               with the access token that is read from the standard input
  --sign-in             as a person who signs in through the browser
${CREDENTIAL_USAGE}
  --era <era>           modern (2026-07-28), legacy (with a session), or auto. Default: auto
  --json                print JSON`;

/** @throws {UsageError} */
export function readEra(value: string): Era {
  const era = ERAS.find((one) => one === value);
  if (era) return era;
  throw new UsageError(`--era must be one of ${ERAS.join(', ')}, not ${JSON.stringify(value)}.`);
}
