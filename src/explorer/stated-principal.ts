import { z } from 'zod';
import { TOKEN_TYPES } from '../clerk/tokens/classify.js';
import type { Principal } from '../request/principal.js';

const text = z.string().min(1).max(300);
const texts = z.array(text).max(200);
const entitlements = z.strictObject({ organization: texts.default([]), user: texts.default([]) });

/** A caller that somebody has made up at the page, to see what it may do. It never calls anything. */
export const StatedPrincipal = z.strictObject({
  tokenType: z.enum(TOKEN_TYPES),
  scopes: texts.optional(),
  organization: z
    .strictObject({
      id: text,
      slug: text.optional(),
      role: text.optional(),
      permissions: texts.optional(),
    })
    .optional(),
  features: entitlements.optional(),
  plans: entitlements.optional(),
  /** Minutes since the first and the second factor were verified; -1 for never. */
  factorAges: z.tuple([z.number().int().min(-1), z.number().int().min(-1)]).optional(),
  /** Impersonates the user. */
  actor: text.optional(),
});

/** @param issuer of the credentials of the application */
export function principalFrom(stated: z.infer<typeof StatedPrincipal>, issuer: string): Principal {
  const isMachine = stated.tokenType === 'm2m_token';
  const subject = isMachine ? 'mch_stated' : 'user_stated';
  const given = Object.fromEntries(
    Object.entries(stated).filter(([, value]) => value !== undefined),
  ) as Pick<Principal, 'tokenType'>;
  return {
    issuer,
    subject,
    ...(!isMachine && { userId: subject }),
    ...(stated.tokenType === 'session_token' && { sessionId: 'sess_stated' }),
    ...given,
    expiresAt: Infinity,
    claims: {},
  };
}
