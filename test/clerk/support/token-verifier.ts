import { AccessRefusedError } from '../../../src/access/access.errors.js';
import { NoInstrumentation } from '../../../src/instrumentation/instrumentation.js';
import { InProcessBackplane } from '../../../src/backplane/in-process-backplane.js';
import type { Principal } from '../../../src/request/principal.js';
import type { Refusal } from '../../../src/access/refusal.js';
import { createClient, SecretKeyAlarm } from '../../../src/clerk/api/clerk.client.js';
import type { ClerkAuthOptions } from '../../../src/clerk/clerk-auth.options.js';
import { resolveClerkOptions } from '../../../src/clerk/resolve-clerk-options.js';
import { AudienceLog } from '../../../src/clerk/tokens/audience-log.js';
import { DenyList } from '../../../src/clerk/tokens/deny-list.js';
import { InProcessVerdictCache } from '../../../src/clerk/tokens/verdict-cache.js';
import { JwtVerifier } from '../../../src/clerk/tokens/jwt-verifier.js';
import { OpaqueVerifier } from '../../../src/clerk/tokens/opaque-verifier.js';
import { SigningKeys } from '../../../src/clerk/tokens/signing-keys.js';
import { TokenVerifier } from '../../../src/clerk/tokens/token-verifier.js';

/** The real verifier over the real SDK, without Nest around it. */
export function createVerifier(options: ClerkAuthOptions, resourcePaths: readonly string[] = []) {
  const resolved = resolveClerkOptions(options, resourcePaths);
  const client = createClient(resolved);
  const alarm = new SecretKeyAlarm();
  const keys = new SigningKeys(resolved, alarm);
  const verdicts = new InProcessVerdictCache(
    resolved.limits.maxVerdicts,
    resolved.limits.verdictBytes,
  );
  const audienceLog = new AudienceLog();
  const denied = new DenyList({ ttl: 60_000, max: 10 });
  const verifier = new TokenVerifier(
    resolved,
    keys,
    new JwtVerifier(resolved, keys, audienceLog),
    new OpaqueVerifier(resolved, client, alarm, audienceLog, new InProcessBackplane()),
    verdicts,
    denied,
    new NoInstrumentation(),
  );
  return { denied, verifier, keys, alarm, verdicts, client, resolved };
}

/** The refusal that a promise ends in; fails when it does not. */
export async function refusalOf(promise: Promise<unknown>): Promise<Refusal> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('value' in outcome) {
    throw new Error(`Let in as ${(outcome.value as Principal | undefined)?.subject ?? 'nobody'}.`);
  }
  if (outcome.error instanceof AccessRefusedError) return outcome.error.refusal;
  throw outcome.error;
}

/** What a synchronous call returns, or the refusal that it throws. */
export function refusalIn<T>(call: () => T): T | Refusal {
  try {
    return call();
  } catch (error) {
    if (error instanceof AccessRefusedError) return error.refusal;
    throw error;
  }
}
