import { CLUSTER_SECRET, readSettings, serviceVariables } from '../settings.js';
import { freePort } from './port.js';

/**
 * Sets the environment of the service, which is its configuration, and returns the port. Words: `key`, to give it
 * the key of the tokens; `redis URL PREFIX`, to share it with the other nodes of that prefix; `telemetry URL`, to
 * export to that collector.
 */
export async function configureService(words: readonly string[]): Promise<number> {
  const settings = readSettings();
  const port = await freePort();
  Object.assign(process.env, {
    PORT: String(port),
    ...serviceVariables(settings),
    // Else the key is fetched with the first token.
    ...(words.includes('key') && { CLERK_JWT_KEY: settings.jwtKey }),
    ...redisOf(words),
    ...telemetryOf(words),
    // Counted as in production, and never reached.
    RATE_LIMIT: MANY,
    AUTH_FAILURE_LIMIT: MANY,
  });
  return port;
}

const MANY = '1000000000';

function redisOf([word, url, prefix]: readonly string[]): Readonly<Record<string, string>> {
  if (word !== 'redis' || url === undefined || prefix === undefined) return {};
  return { REDIS_URL: url, REDIS_PREFIX: prefix, CLUSTER_SECRET };
}

function telemetryOf([word, url]: readonly string[]): Readonly<Record<string, string>> {
  if (word !== 'telemetry' || url === undefined) return {};
  return { OTEL_EXPORTER_OTLP_ENDPOINT: url };
}
