import type { Writable } from 'node:stream';

/**
 * Takes stdout for the protocol. From here on whatever else writes to it, such as `console.log` or a
 * logger, writes to stderr: a single stray line would break the connection. Call it first of all.
 *
 * @returns the stream to hand to `McpStdio`
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
