/** Time limits, rate limits and cache sizes. Every duration is in milliseconds. */
export interface ClerkLimits {
  /** Longest wait for one response of Clerk. Default 3,000. */
  readonly timeoutMs: number;
  /** How long the signing keys are fresh. Default 3,600,000 (1 hour). */
  readonly keysTtlMs: number;
  /** Shortest time between two key fetches for unknown key ids. Default 30,000. */
  readonly unknownKeyCoolDownMs: number;
  /** Pause after a failed fetch of keys or metadata. Default 2,000. */
  readonly failureCoolDownMs: number;
  /** How long the verdict on a JWT is cached; never past its expiry. Default 60,000. */
  readonly jwtVerdictTtlMs: number;
  /**
   * How long the verdict on an opaque token is cached. For this time, a token that was revoked at Clerk may
   * still be accepted. Default 30,000.
   */
  readonly opaqueVerdictTtlMs: number;
  /** How long it is cached that a token which Clerk issued, or said to be unknown, is refused. Default 10,000. */
  readonly refusalTtlMs: number;
  /** Number of cached verdicts on valid tokens, and separately on refused ones. Default 5,000. */
  readonly maxVerdicts: number;
  /** Bytes of cached verdicts, as in `maxVerdicts`. Default 16,777,216 (16 MiB). */
  readonly verdictBytes: number;
  /** Opaque tokens that are verified at the same time; more get the status 503. Default 20. */
  readonly maxConcurrentVerifications: number;
  /**
   * Opaque tokens that Clerk does not know, per minute. Above it, tokens that were never valid here
   * get the status 503. Default 600.
   */
  readonly maxUnknownTokens: number;
  /** Failed authentications of one address in `failureWindowMs`; more get the status 429. Default 30. */
  readonly failuresPerAddress: number;
  /** Window of `failuresPerAddress`. Default 60,000. */
  readonly failureWindowMs: number;
  /** Number of addresses whose failures are counted. Default 10,000. */
  readonly maxAddresses: number;
  /** Refresh tokens that one caller may exchange per minute; more are refused. Default 20. */
  readonly refreshesPerCaller: number;
  /** Refresh tokens that are exchanged at the same time; more are refused. Default 20. */
  readonly maxConcurrentRefreshes: number;
  /** How long a user, an organization or a membership list is cached. Default 30,000. */
  readonly userTtlMs: number;
  /** Number of cached users, organizations and membership lists, all together. Default 1,000. */
  readonly maxUsers: number;
  /** Bytes of cached users, organizations and membership lists. Default 16,777,216 (16 MiB). */
  readonly userBytes: number;
  /** Number of cached tokens of `ClerkContext.upstreamToken()`, by user and provider. Default 1,000. */
  readonly maxUpstreamTokens: number;
  /** Bytes of cached tokens, as in `maxUpstreamTokens`. Default 8,388,608 (8 MiB). */
  readonly upstreamTokenBytes: number;
  /**
   * How long a revocation is in force. It must be at least the lifetime of the longest-lived token.
   * Default 86,400,000 (1 day, the lifetime of Clerk's access tokens).
   */
  readonly denyTtlMs: number;
  /** Number of stored session revocations, and separately of all others. Default 50,000. */
  readonly maxRevocations: number;
  /** How long the copy of the authorization server metadata is fresh. Default 300,000. */
  readonly documentTtlMs: number;
  /**
   * Longest wait for one call of a `VerdictCache`, `FailedAuthentications` or `RevocationBus` that the
   * application provides. Default 1,000.
   */
  readonly seamTimeoutMs: number;
}

/** The defaults of {@link ClerkLimits}. */
export const DEFAULT_CLERK_LIMITS: ClerkLimits = {
  timeoutMs: 3_000,
  keysTtlMs: 3_600_000,
  unknownKeyCoolDownMs: 30_000,
  failureCoolDownMs: 2_000,
  jwtVerdictTtlMs: 60_000,
  opaqueVerdictTtlMs: 30_000,
  refusalTtlMs: 10_000,
  maxVerdicts: 5_000,
  verdictBytes: 16_777_216,
  maxConcurrentVerifications: 20,
  maxUnknownTokens: 600,
  failuresPerAddress: 30,
  failureWindowMs: 60_000,
  maxAddresses: 10_000,
  refreshesPerCaller: 20,
  maxConcurrentRefreshes: 20,
  userTtlMs: 30_000,
  maxUsers: 1_000,
  userBytes: 16_777_216,
  maxUpstreamTokens: 1_000,
  upstreamTokenBytes: 8_388_608,
  denyTtlMs: 86_400_000,
  maxRevocations: 50_000,
  documentTtlMs: 300_000,
  seamTimeoutMs: 1_000,
};
