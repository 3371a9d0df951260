import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** A Node that is not the one of the runner. */
export interface OtherNode {
  readonly execPath: string;
  /** Such as `v24.21.0`. */
  readonly version: string;
}

/**
 * Finds a Node by its path, or by a version, which npx fetches from the registry.
 *
 * @returns `undefined` where there is none
 */
export async function findNode(wanted: string): Promise<OtherNode | undefined> {
  const isVersion = /^\d+(\.\d+)*$/.test(wanted);
  const [file, args] = isVersion ? ['npx', ['-y', `node@${wanted}`]] : [wanted, []];
  try {
    const { stdout } = await run(file, [...args, '-p', SELF]);
    return JSON.parse(stdout) as OtherNode;
  } catch {
    return undefined;
  }
}

const run = promisify(execFile);
const SELF = 'JSON.stringify({ execPath: process.execPath, version: process.version })';
