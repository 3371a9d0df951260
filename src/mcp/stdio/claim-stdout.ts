import type { Writable } from 'node:stream';

/**
 * Reserves stdout for the protocol. All other writes to stdout, such as those of `console.log` or a
 * logger, go to stderr: a single other line would break the connection. Call it first in the
 * process.
 *
 * @returns the stream for `McpStdio`
 */
export function claimStdout(): Writable {
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr);
  return new Proxy(stdout, {
    get(target, key) {
      if (key === 'write') return write;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
