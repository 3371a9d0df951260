import { createRequire } from 'node:module';
import { MissingPackageError } from '../mcp.errors.js';

/**
 * A package that the application installs only if it uses it.
 *
 * @param user for the message: who needs the package
 * @throws {MissingPackageError} it is not installed
 */
export function loadPackage<T>(
  name: string,
  user: string,
  load: (name: string) => unknown = createRequire(import.meta.url),
): T {
  try {
    return load(name) as T; // What the package exports, by its types.
  } catch (cause) {
    throw new MissingPackageError(name.replace(DEEP_PATH, '$1'), user, { cause });
  }
}

const DEEP_PATH = /^((?:@[^/]+\/)?[^/]+).*$/;
