/** One deliberate difference between the verifier and `@clerk/backend`, as `docs/tokens.md` lists it. */
export interface Difference {
  /** Names of the cases. */
  readonly cases: RegExp;
  /** What the verifier says: part of a refusal, or `accepted` where the SDK refuses. */
  readonly says: string;
  /** The row of the documentation. */
  readonly tokens: string;
  readonly why: string;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    cases: /(: sub ("|of an)|: the empty sub)/,
    says: 'not of a known kind',
    tokens: 'a subject that is not a user',
    why: 'session tokens and OAuth tokens belong to users',
  },
  {
    cases: /: sub of a machine/,
    says: 'kind of token',
    tokens: 'a session token with the subject `mch_…`',
    why: 'machines have their own kind of token',
  },
  {
    cases: /: iss /,
    says: 'another authorization server',
    tokens: 'another `iss`, or none',
    why: 'the SDK checks the issuer of a session token on request only, and that of other tokens never',
  },
  {
    cases: /: aud /,
    says: 'another resource',
    tokens:
      '`aud` with values that are not text; an `aud` of a machine token that names neither a machine nor this resource',
    why: 'the token was issued for another audience',
  },
  {
    cases: /^id_token: aud (null|\[\])/,
    says: 'names no audience',
    tokens: 'an id_token without `aud`',
    why: 'an id_token is issued for one client',
  },
  {
    cases: /^id_token: aud undefined/,
    says: 'kind of token',
    tokens: 'a JWT without `cat`, `sid` and `aud`',
    why: 'its kind is ambiguous',
  },
  {
    cases: /^id_token: sid /,
    says: 'kind of token',
    tokens: 'an id_token with `sid`',
    why: 'a token with a session id is a session token',
  },
  {
    cases: /^(id_token|jwt_template): cat /,
    says: 'kind of token',
    tokens: 'an id_token or a template token with another `cat`',
    why: 'the category decides the kind',
  },
  {
    cases: /^session_token: (sid |without sid)/,
    says: 'no session',
    tokens: 'a session token without `sid`',
    why: 'without a session it may be an id_token or a template token',
  },
  {
    cases: /: sts /,
    says: 'not active',
    tokens: 'a session token with another `sts` than `active`',
    why: 'a pending session is not signed in; the SDK says so in `toAuth()` only',
  },
  {
    cases: /: (exp behind: (second|now)|expired within the clock skew)/,
    says: 'token_expired',
    tokens: 'a token that expired up to 5 seconds ago',
    why: 'the allowed clock skew applies to times in the future only',
  },
  {
    cases: /: exp behind: no date/,
    says: 'token_expired',
    tokens: 'an `exp` far outside of the range of dates',
    why: 'the SDK compares with an invalid date',
  },
  {
    cases: /: an infinite exp/,
    says: 'no time of expiry',
    tokens: 'an infinite `exp`',
    why: 'every JWT expires',
  },
  {
    cases: /: ((nbf|iat) ahead: no date|an infinite iat)/,
    says: 'could not be verified',
    tokens: 'an `nbf` or `iat` outside of the range of dates',
    why: 'the SDK compares with an invalid date',
  },
  {
    cases: /: crit /,
    says: 'not signed with RS256',
    tokens: 'a `crit` header',
    why: 'RFC 7515 §4.1.11: no extension is understood',
  },
  {
    cases: /: kid \[/,
    says: 'unknown key',
    tokens: 'a `kid` that is not text',
    why: 'RFC 7515 §4.1.4',
  },
  {
    cases: /: a mark of byte order/,
    says: 'malformed',
    tokens: 'a byte order mark before the JSON',
    why: 'RFC 8259 §8.1',
  },
  {
    cases: /: a huge claim/,
    says: 'over 8 KB',
    tokens: 'more than 8 KB',
    why: "Clerk's tokens are shorter than 2 KB",
  },
  {
    cases: /: signature padded/,
    says: 'malformed',
    tokens: 'a padded signature',
    why: 'RFC 7515 §2',
  },
  {
    cases: /: signature with a (space|line break)/,
    says: 'malformed',
    tokens: 'white space after the token',
    why: 'the `Headers` of the SDK remove it',
  },
  {
    cases: /^m2m_token: (scopes |custom scopes)/,
    says: 'accepted',
    tokens: 'a machine token whose custom claim `scopes` is not text: accepted here',
    why: 'the claim may have any value, and the SDK throws a `TypeError`',
  },
];
