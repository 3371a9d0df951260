/** What a measured server must know of the local Clerk emulator. */
export interface SubjectSettings {
  readonly issuer: string;
  readonly secretKey: string;
  readonly publishableKey: string;
  /** PEM of the key that signs the tokens. */
  readonly jwtKey: string;
  /** Origin of the protected resource; tokens name `<baseURL>/mcp` in `aud`. */
  readonly baseURL: string;
}

/** What the service is told of the local Clerk emulator, by its environment. */
export function serviceVariables({ issuer, secretKey, publishableKey, baseURL }: SubjectSettings) {
  return {
    BASE_URL: baseURL,
    CLERK_SECRET_KEY: secretKey,
    CLERK_PUBLISHABLE_KEY: publishableKey,
    CLERK_DOMAIN: issuer,
    CLERK_API_URL: issuer,
    // Which the emulator names as the site that its tokens were made for.
    CLERK_AUTHORIZED_PARTIES: issuer,
  };
}

/** Every server answers to this name, wherever it listens, so that one token is good for all. */
export const BASE_URL = 'http://127.0.0.1:3999';

/** What the nodes of a measured service encrypt with. */
export const CLUSTER_SECRET = 'a secret of the bench with more than 32 bytes';

export const SETTINGS_VARIABLE = 'BENCH_SETTINGS';

/** The settings that the runner handed to this process. */
export function readSettings(): SubjectSettings {
  const json = process.env[SETTINGS_VARIABLE];
  if (!json) throw new Error(`${SETTINGS_VARIABLE} is not set: run "npm run bench".`);
  return JSON.parse(json) as SubjectSettings;
}
