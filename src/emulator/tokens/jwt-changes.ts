/** How a minted JWT may differ from what the instance would issue: for tests of refusals. */
export interface JwtChanges {
  /** Claims to add or replace. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Names of claims to leave out. */
  readonly omitClaims?: readonly string[];
  /** Members of the protected header to add or replace. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** `foreign`: signed by a key that the instance never publishes. Default `instance`. */
  readonly signedBy?: 'instance' | 'foreign';
}

export function applyChanges(
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
  changes: JwtChanges,
): { readonly header: Record<string, unknown>; readonly claims: Record<string, unknown> } {
  const changed: Record<string, unknown> = { ...claims, ...changes.claims };
  for (const name of changes.omitClaims ?? []) delete changed[name];
  return { header: { ...header, ...changes.header }, claims: changed };
}
