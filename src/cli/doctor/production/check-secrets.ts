import { problemOfSecret } from '../../../redis/redis.options.js';
import { type Check, failure, ok, warning } from '../report.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Checks that the secrets which the nodes of a service share cannot be guessed. No check without any. */
export function checkSecrets(environment: Environment): readonly Check[] {
  return [...clusterSecret(environment), ...digestKey(environment)];
}

function clusterSecret(environment: Environment): readonly Check[] {
  const name = 'cluster-secret';
  const secrets = listOf(environment['CLUSTER_SECRET']);
  if (secrets.length === 0) {
    if (!environment['REDIS_URL']?.trim()) return [];
    return [failure(name, 'REDIS_URL is set, and CLUSTER_SECRET is not', CREATE)];
  }
  const [problem] = secrets.flatMap((secret) => problemOf(secret) ?? []);
  if (problem !== undefined) {
    return [failure(name, `CLUSTER_SECRET ${problem}`, CREATE)];
  }
  const shared = SECRETS.find((other) => secrets.includes(environment[other]?.trim() ?? ''));
  if (shared !== undefined) {
    const message = `CLUSTER_SECRET has the value of ${shared}, so that whoever learns one has both`;
    return [failure(name, message, CREATE)];
  }
  return [ok(name, 'CLUSTER_SECRET is long enough')];
}

function digestKey(environment: Environment): readonly Check[] {
  const key = environment['AUDIT_DIGEST_KEY']?.trim();
  const problem = key ? problemOf(key) : undefined;
  if (problem === undefined) return [];
  const message = `AUDIT_DIGEST_KEY ${problem}, so that digests of arguments can be reversed`;
  return [warning('audit-digest-key', message, CREATE)];
}

function problemOf(secret: string): string | undefined {
  if (/example|change.?me|password|secret|placeholder/i.test(secret)) return 'is an example';
  return problemOfSecret(secret) ?? (repeats(secret) ? 'repeats a shorter text' : undefined);
}

/** Whether a text is a shorter one, written several times. */
function repeats(text: string): boolean {
  return (text + text).indexOf(text, 1) < text.length;
}

function listOf(value: string | undefined): readonly string[] {
  return (value ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);
}

const CREATE = 'Create a random one with: openssl rand -base64 48';
const SECRETS = ['CLERK_SECRET_KEY', 'CLERK_WEBHOOK_SIGNING_SECRET', 'AUDIT_DIGEST_KEY'];
