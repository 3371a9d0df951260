import { type Check, failure, ok, warning } from '../report.js';

/**
 * Checks that the release line of Node.js gets security updates.
 *
 * @param version such as `v24.1.0`
 * @param now milliseconds since the epoch
 */
export function checkNodeVersion(version: string, now: number): Check {
  const name = 'node-version';
  const major = Number(/^v?(\d+)/.exec(version)?.[1]);
  const end = END_OF_LIFE.get(major);
  if (end === undefined) {
    if (major > NEWEST && major % 2 === 0) {
      return ok(name, `Node.js ${version} is newer than the dates that this command knows`);
    }
    return warning(name, `Node.js ${version} is not a line with long-term support`, UPDATE);
  }
  if (now >= Date.parse(end)) {
    const message = `Node.js ${major} has had no security updates since ${end}`;
    return failure(name, message, UPDATE);
  }
  const message = `Node.js ${major} gets security updates until ${end}`;
  return now < Date.parse(end) - NOTICE_MS ? ok(name, message) : warning(name, message, UPDATE);
}

/** Ends of the lines with long-term support, https://github.com/nodejs/Release. */
const END_OF_LIFE: ReadonlyMap<number, string> = new Map([
  [18, '2025-04-30'],
  [20, '2026-04-30'],
  [22, '2027-04-30'],
  [24, '2028-04-30'],
]);
const NEWEST = Math.max(...END_OF_LIFE.keys());
const NOTICE_MS = 90 * 24 * 60 * 60_000;
const UPDATE = `Run the server on Node.js ${NEWEST}, and this command with the Node.js of the server.`;
