import { createHash } from 'node:crypto';
import { createPublicKey } from 'node:crypto';
import { jwtVerify } from 'jose';
import type { SubjectSettings } from '../settings.js';

/** What a cached-token check costs at the least: a digest, a look-up and a comparison of times. */
export class Verdicts {
  private readonly known = new Map<string, { readonly userId: string; readonly until: number }>();
  private readonly key: ReturnType<typeof createPublicKey>;
  private readonly checks: { readonly issuer: string; readonly audience: string };

  constructor({ jwtKey, issuer, baseURL }: SubjectSettings) {
    this.key = createPublicKey(jwtKey);
    this.checks = { issuer, audience: `${baseURL}/mcp` };
  }

  async userOf(authorization: string | undefined): Promise<string | undefined> {
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
    if (token === undefined) return undefined;
    const digest = createHash('sha256').update(token).digest('base64url');
    const verdict = this.known.get(digest);
    if (verdict && verdict.until > Date.now()) return verdict.userId;
    const { payload } = await jwtVerify(token, this.key, this.checks);
    const userId = payload.sub ?? '';
    this.known.set(digest, { userId, until: (payload.exp ?? 0) * 1000 });
    return userId;
  }
}
