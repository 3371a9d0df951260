import { readInfo, type RedisInfo } from './check-server.js';
import { createConnection, describeRedisFailure, withTimeLimit } from './redis-connection.js';

/**
 * Connects to a server once, and reads what it says of itself.
 *
 * @param timeoutMs for all of it, in milliseconds
 * @returns `failure`: why there is no answer, without addresses and secrets
 */
export async function examineServer(url: string, timeoutMs: number): Promise<RedisExamination> {
  const client = createConnection({ server: { url } }, timeoutMs);
  let reason: unknown;
  client.on('error', (error: unknown) => (reason = error));
  try {
    const read = client.connect().then(() => readInfo(client));
    return { info: await withTimeLimit(read, timeoutMs) };
  } catch (error) {
    // A failed connection only says that it is closed; why, is an event.
    return { failure: describeRedisFailure(reason ?? error) };
  } finally {
    client.disconnect();
  }
}

/** `info` is `undefined` if the user of the URL may not ask. */
export type RedisExamination =
  | { readonly info: RedisInfo | undefined; readonly failure?: undefined }
  | { readonly info?: undefined; readonly failure: string };
