import type {
  AccessTokenOptions,
  ClerkEmulator,
  SessionTokenOptions,
} from '../../src/emulator/index.js';
import type { TestService } from './service.js';

/** The accounts that the emulator is seeded with. */
export const ADA = 'ada@example.com';
export const GRACE = 'grace@example.com';
export const KATHERINE = 'katherine@example.com';

export function userIdOf({ clerk }: { readonly clerk: ClerkEmulator }, email: string): string {
  return clerk.users.get(email).id;
}

/** An OAuth access token for this service: a JWT of Ada unless told otherwise. */
export function accessToken(
  { clerk, url }: TestService,
  options: Partial<AccessTokenOptions> = {},
): Promise<string> {
  return clerk.issue.oauthAccessToken({ user: ADA, resource: url, format: 'jwt', ...options });
}

/** An opaque OAuth access token for this service. */
export function opaqueToken(
  service: TestService,
  options: Partial<AccessTokenOptions> = {},
): Promise<string> {
  return accessToken(service, { ...options, format: 'opaque' });
}

/** A session token of Ada unless told otherwise. */
export function sessionToken(
  { clerk }: TestService,
  options: Partial<SessionTokenOptions> = {},
): Promise<string> {
  return clerk.issue.sessionToken({ user: ADA, ...options } as SessionTokenOptions);
}

export const seconds = (offset: number): number => Math.floor(Date.now() / 1000) + offset;
