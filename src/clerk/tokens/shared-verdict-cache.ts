import type { Backplane, Json } from '../../backplane/backplane.js';
import { ContainedSeam } from '../../backplane/contained-seam.js';
import { isJsonObject } from '../../request/json-object.js';
import type { Principal } from '../../request/principal.js';
import { SingleFlight } from '../../request/single-flight.js';
import type { MaybePromise } from '../../request/value-or-promise.js';
import type { Revocation } from '../../access/revocation.js';
import { VerdictCache, type Verdict } from './verdict-cache.js';

/**
 * Shares the verdicts on valid opaque tokens between nodes, so that Clerk is asked once for all of them.
 * Verdicts on JWTs are not shared, because verifying one takes less time than a round trip; nor are refusals.
 * Revocations are asked after each verdict, wherever it is from.
 */
export class SharedVerdictCache extends VerdictCache {
  private readonly flights = new SingleFlight<Verdict | undefined>();
  private readonly seam = new ContainedSeam({
    name: 'The backplane of verdicts',
    consequence: 'Until it answers, each node asks Clerk about opaque tokens by itself.',
  });

  /**
   * @param local verdicts of this node
   * @param ttlMs longest time that a verdict of another node is used, in milliseconds
   */
  constructor(
    private readonly local: VerdictCache,
    private readonly backplane: Pick<Backplane, 'records' | 'now'>,
    private readonly ttlMs: number,
  ) {
    super();
  }

  override get(key: string): MaybePromise<Verdict | undefined> {
    const known = this.local.get(key);
    if (!OPAQUE.test(key) || known instanceof Promise) return known;
    if (known && Date.now() < known.until) return known;
    return this.flights.run(key, () => this.ask(key, known));
  }

  override async set(key: string, verdict: Verdict): Promise<void> {
    await this.local.set(key, verdict);
    const ttlMs = verdict.until - Date.now();
    if (verdict.outcome !== 'accepted' || !OPAQUE.test(key) || ttlMs <= 0) return;
    // `Infinity` is not JSON.
    const { expiresAt, ...principal } = verdict.principal;
    const end = Number.isFinite(expiresAt) ? { expiresAt } : {};
    const until = this.backplane.now() + ttlMs;
    const record = { v: VERSION, until, principal: { ...principal, ...end } };
    await this.seam.callOr(
      () => this.backplane.records.put(recordOf(key), record, { ttlMs }),
      nothing,
    );
  }

  /** Every node hears each revocation, and is asked after each verdict. */
  override purge(revocation: Revocation): MaybePromise<void> {
    return this.local.purge(revocation);
  }

  /** @param known an expired verdict of this node */
  private async ask(key: string, known: Verdict | undefined): Promise<Verdict | undefined> {
    const record = await this.seam.callOr(() => this.backplane.records.get(recordOf(key)), nothing);
    const verdict = record && this.read(record.value);
    if (!verdict) return known;
    await this.local.set(key, verdict);
    return verdict;
  }

  /** @returns `undefined` for what another version wrote, and for a verdict that has expired */
  private read({ v, until, principal }: Json): Verdict | undefined {
    if (v !== VERSION || typeof until !== 'number' || !isJsonObject(principal)) return undefined;
    const read = { ...principal, expiresAt: principal['expiresAt'] ?? Infinity };
    const rest = Math.min(until - this.backplane.now(), this.ttlMs);
    const now = Date.now();
    if (!isPrincipal(read) || !(rest > 0) || !(now < read.expiresAt)) return undefined;
    return { outcome: 'accepted', principal: read, until: Math.min(now + rest, read.expiresAt) };
  }
}

const VERSION = 1;
/** The kinds of opaque tokens, as in the keys of `TokenVerifier`. */
const OPAQUE = /:(oauth_token|api_key|m2m_token):/;
const recordOf = (key: string): string => `clerk verdict ${key}`;
const nothing = (): undefined => undefined;

function isPrincipal(value: Json): value is Json & Principal {
  return Object.entries(MEMBERS).every(([name, isFit]) => isFit(value[name]));
}

type Check = (value: unknown) => boolean;
const isText: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number' && !Number.isNaN(value);
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const optional =
  (isFit: Check): Check =>
  (value) =>
    value === undefined || isFit(value);
const hasMembers =
  (members: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isJsonObject(value) && Object.entries(members).every(([name, isFit]) => isFit(value[name]));
const ENTITLEMENTS = hasMembers({ organization: isTexts, user: isTexts });

const MEMBERS: Readonly<Record<keyof Principal, Check>> = {
  tokenType: isText,
  issuer: isText,
  subject: isText,
  userId: optional(isText),
  clientId: optional(isText),
  sessionId: optional(isText),
  organization: optional(
    hasMembers({
      id: isText,
      slug: optional(isText),
      role: optional(isText),
      permissions: optional(isTexts),
    }),
  ),
  scopes: optional(isTexts),
  features: optional(ENTITLEMENTS),
  plans: optional(ENTITLEMENTS),
  factorAges: optional(
    (value) => Array.isArray(value) && value.length === 2 && value.every(isNumber),
  ),
  actor: optional(isText),
  delegation: optional(
    (value) =>
      Array.isArray(value) &&
      value.every(hasMembers({ subject: isText, issuer: optional(isText) })),
  ),
  issuedAt: optional(isNumber),
  expiresAt: isNumber,
  claims: isJsonObject,
};
