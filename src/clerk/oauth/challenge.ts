/** Formats a `Bearer` challenge, RFC 6750 §3. Empty parameters are left out. */
export function formatChallenge(parameters: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(parameters)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}="${quotable(value)}"`);
  return `Bearer ${pairs.join(', ')}`;
}

/** RFC 6750 §3 allows printable ASCII without quotation marks and backslashes. */
function quotable(value: string): string {
  return value.replaceAll('"', "'").replaceAll(/[^\x20-\x5B\x5D-\x7E]/g, '?');
}
