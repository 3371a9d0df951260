import { UsageError } from './command.js';

/**
 * Reads a number of seconds.
 *
 * @param option its name, such as `--wait`
 * @param most the largest number
 * @returns milliseconds
 * @throws {UsageError}
 */
export function readSeconds(value: string, option: string, most: number): number {
  const seconds = Number(value);
  if (/^\d{1,4}$/.test(value) && seconds >= 1 && seconds <= most) return seconds * 1_000;
  throw new UsageError(
    `${option} must be a number of seconds from 1 to ${most}, not ${JSON.stringify(value)}.`,
  );
}

/**
 * The URL of an endpoint. One without a path is the public address of a server, whose endpoint is `/mcp`.
 *
 * @throws {UsageError}
 */
export function endpointURL(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw new UsageError(
      `${JSON.stringify(address)} is not an http or https URL. Write it as https://mcp.example.com/mcp.`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('The URL contains a user or a password. Leave them out.');
  }
  return url.pathname === '/' && url.search === '' ? `${url.origin}/mcp` : url.href;
}

/**
 * The URL of an endpoint, which is the only argument.
 *
 * @throws {UsageError}
 */
export function onlyEndpointURL([address, surplus]: readonly string[]): string {
  if (address === undefined || surplus !== undefined) throw new UsageError('Pass one URL.');
  return endpointURL(address);
}
