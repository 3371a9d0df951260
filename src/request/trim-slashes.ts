/** A path without slashes at its ends, which is how paths of endpoints are compared. */
export function trimSlashes(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}
