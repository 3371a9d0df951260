import { ForbiddenException, Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Principal } from '../request/principal.js';
import { ClerkBackendError } from '../clerk/clerk.errors.js';
import { ClerkContext } from '../clerk/user/clerk-context.js';
import { andThen, catchError, type MaybePromise } from '../request/value-or-promise.js';

/**
 * Reads the profile of the caller: from the claims of an id_token; for other credentials from Clerk's
 * record of the user, limited to the scopes of the token.
 */
@Injectable()
export class UserProfiles {
  constructor(private readonly clerk: ClerkContext) {}

  /**
   * @throws {ForbiddenException} for a credential without a user, such as that of a machine
   * @throws {ClerkBackendError} if Clerk does not respond
   */
  async read(): Promise<UserProfile> {
    const principal = this.requireUser();
    const [details, organization] = await Promise.all([
      this.details(principal),
      this.clerk.getOrganization().catch(fallBackToToken(principal)),
    ]);
    return { userId: principal.userId, ...details, organization };
  }

  /**
   * The user id, with the e-mail address if the token allows it and Clerk responds. Synchronous if Clerk's
   * record of the user is cached.
   *
   * @throws {ForbiddenException} for a credential without a user
   */
  readContact(): MaybePromise<Pick<UserProfile, 'userId' | 'email'>> {
    const principal = this.requireUser();
    const { userId } = principal;
    const details = catchError(() => this.details(principal, ['email']), ignoreOutage);
    return andThen(details, ({ email }) => ({ userId, email }));
  }

  private requireUser(): SignedInUser {
    const { principal } = this.clerk;
    if (!principal || !isUser(principal)) {
      throw new ForbiddenException('This credential belongs to no user.');
    }
    return principal;
  }

  private details(
    principal: SignedInUser,
    wanted: readonly ProfileScope[] = ['email', 'profile'],
  ): MaybePromise<Details> {
    if (principal.tokenType === 'id_token') return fromClaims(principal.claims);
    // A credential without scopes, such as a session token, gives access to the whole profile.
    const allowed = wanted.filter((scope) => principal.scopes?.includes(scope) ?? true);
    if (allowed.length === 0) return {};
    return andThen(this.clerk.cachedUser ?? this.clerk.getUser(), (user) => {
      const address = user.primaryEmailAddress;
      return {
        ...(allowed.includes('email') && {
          email: address?.emailAddress,
          emailVerified: address ? address.verification?.status === 'verified' : undefined,
        }),
        ...(allowed.includes('profile') && {
          firstName: user.firstName ?? undefined,
          lastName: user.lastName ?? undefined,
          imageUrl: user.imageUrl,
        }),
      };
    });
  }
}

type SignedInUser = Principal & { readonly userId: string };
type ProfileScope = 'email' | 'profile';

function isUser(principal: Principal): principal is SignedInUser {
  return principal.userId !== undefined;
}

type Details = Omit<UserProfile, 'userId'>;

/** If Clerk does not know the user or the organization, the organization in the token is used. */
function fallBackToToken({ organization }: Principal) {
  return (error: unknown): Principal['organization'] => {
    if (error instanceof ClerkBackendError && error.code === 'CLERK_NOT_FOUND') return organization;
    throw error;
  };
}

/** If Clerk does not respond, or cannot be asked without a secret key, the details are left out. */
function ignoreOutage(error: unknown): Details {
  if (error instanceof ClerkBackendError && IGNORED.has(error.code)) return {};
  throw error;
}

const IGNORED: ReadonlySet<string> = new Set(['CLERK_UNAVAILABLE', 'CLERK_SECRET_KEY_MISSING']);

/** The claims of OpenID Connect Core §5.1. */
function fromClaims(claims: Principal['claims']): Details {
  const {
    email,
    email_verified: verified,
    given_name: given,
    family_name: family,
    picture,
  } = claims;
  return {
    email: text(email),
    emailVerified: typeof verified === 'boolean' ? verified : undefined,
    firstName: text(given),
    lastName: text(family),
    imageUrl: text(picture),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The profile of the caller. Members that the token gives no access to are absent. */
export const UserProfile = z.object({
  userId: z.string(),
  email: z.string().optional(),
  emailVerified: z.boolean().optional(),
  firstName: z.string().optional(),
  lastName: z.string().optional(),
  imageUrl: z.string().optional(),
  organization: z
    .object({
      id: z.string(),
      name: z.string().optional(),
      slug: z.string().optional(),
      role: z.string().optional(),
    })
    .optional(),
});

export type UserProfile = z.infer<typeof UserProfile>;
