import { createHash, createPublicKey } from 'node:crypto';
import { jwtVerify } from 'jose';
import type { SubjectSettings } from '../settings.js';

/** What a cached-token check costs at the least: a digest, a look-up and a comparison of times. */
export class Verdicts {
  private readonly known = new Map<string, Verdict>();
  private readonly key: ReturnType<typeof createPublicKey>;
  private readonly checks: { readonly issuer: string; readonly audience: string };

  constructor({ jwtKey, issuer, baseURL }: SubjectSettings) {
    this.key = createPublicKey(jwtKey);
    this.checks = { issuer, audience: `${baseURL}/mcp` };
  }

  /** @returns `undefined` for a token that was refused, and without one */
  async userOf(authorization: string | undefined): Promise<string | undefined> {
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
    if (token === undefined) return undefined;
    const digest = createHash('sha256').update(token).digest('base64url');
    const verdict = this.known.get(digest);
    if (verdict && verdict.until > Date.now()) return verdict.userId;
    const fresh = await this.verify(token);
    this.known.set(digest, fresh);
    return fresh.userId;
  }

  private async verify(token: string): Promise<Verdict> {
    try {
      const { payload } = await jwtVerify(token, this.key, this.checks);
      return { userId: payload.sub ?? '', until: (payload.exp ?? 0) * 1000 };
    } catch {
      return { userId: undefined, until: Date.now() + REFUSAL_MS };
    }
  }
}

interface Verdict {
  readonly userId: string | undefined;
  readonly until: number;
}

/** How long a refusal is kept. */
const REFUSAL_MS = 60_000;
