/** What tells whether a process is in production. */
export interface Surroundings {
  /** `NODE_ENV`. */
  readonly environment: string | undefined;
  /** Secret and publishable keys of Clerk. */
  readonly keys: readonly (string | undefined)[];
}

/** Whether the rules of production hold: `NODE_ENV` is `production`, in any case, or a key is live. */
export function isProduction({ environment, keys }: Surroundings): boolean {
  return environment?.trim().toLowerCase() === 'production' || keys.some(isLiveKey);
}

/** Whether a key belongs to a production instance of Clerk. */
export function isLiveKey(key: string | undefined): boolean {
  return /^[sp]k_live_/.test(key?.trim() ?? '');
}
