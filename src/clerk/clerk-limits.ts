/** Time limits and cache sizes. Every duration is in milliseconds. */
export interface ClerkLimits {
  /** Longest wait for one answer of Clerk. Default 3,000. */
  readonly timeoutMs: number;
  /** How long the signing keys are fresh. Default 3,600,000 (1 hour). */
  readonly keysTtlMs: number;
  /** Pause between two key fetches that an unknown key id asks for. Default 30,000. */
  readonly unknownKeyCoolDownMs: number;
  /** Pause after a failed fetch of keys or metadata. Default 2,000. */
  readonly failureCoolDownMs: number;
  /** How long a verified JWT is not verified again; never past its expiry. Default 60,000. */
  readonly jwtVerdictTtlMs: number;
  /** The same for opaque tokens: the longest that a revoked one lives on. Default 30,000. */
  readonly opaqueVerdictTtlMs: number;
  /** How long Clerk's refusal of an opaque token is remembered. Default 10,000. */
  readonly refusalTtlMs: number;
  /** Verdicts kept, and refusals kept, each. Default 5,000. */
  readonly maxVerdicts: number;
  /** Bytes that verdicts take, and that refusals take, each. Default 16,777,216 (16 MiB). */
  readonly verdictBytes: number;
  /** Opaque tokens under verification at a time; more are answered 503. Default 20. */
  readonly maxConcurrentVerifications: number;
  /**
   * Opaque tokens that Clerk turned out not to know, per minute. From then on tokens that were never
   * good here before are answered 503 until it is fewer. Default 600.
   */
  readonly maxUnknownTokens: number;
  /** Failed authentications of one address in `failureWindow`; more are answered 429. Default 30. */
  readonly failuresPerAddress: number;
  /** What `failuresPerAddress` counts over. Default 60,000. */
  readonly failureWindowMs: number;
  /** Addresses whose failures are remembered. Default 10,000. */
  readonly maxAddresses: number;
  /** Refresh tokens that one caller may exchange per minute; more are refused. Default 20. */
  readonly refreshesPerCaller: number;
  /** Refresh tokens under exchange at a time; more are told to come again. Default 20. */
  readonly maxConcurrentRefreshes: number;
  /** How long a user or an organization is kept. Default 30,000. */
  readonly userTtlMs: number;
  /** Users kept, and organizations kept, each. Default 1,000. */
  readonly maxUsers: number;
  /** Bytes that all of them take. Default 16,777,216 (16 MiB). */
  readonly userBytes: number;
  /**
   * How long a revocation is in force: at least as long as the longest-lived token. Default
   * 86,400,000 (1 day, the life of Clerk's access tokens).
   */
  readonly denyTtlMs: number;
  /** Revocations of sessions kept, and other ones kept, each. Default 50,000. */
  readonly maxRevocations: number;
  /** How long the copy of the authorization server's document is fresh. Default 300,000. */
  readonly documentTtlMs: number;
  /**
   * Longest wait for one answer of what the application provides (`VerdictCache`,
   * `FailedAuthentications`, `RevocationBus`). Default 1,000.
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
  denyTtlMs: 86_400_000,
  maxRevocations: 50_000,
  documentTtlMs: 300_000,
  seamTimeoutMs: 1_000,
};
