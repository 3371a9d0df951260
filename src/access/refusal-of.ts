import type { Decision } from './decide.js';
import type { Refusal } from './refusal.js';

/** The refusal that a decision amounts to; `undefined` where it allows. */
export function refusalOf(decision: Decision): Refusal | undefined {
  switch (decision.outcome) {
    case 'allow':
      return undefined;
    case 'unauthenticated':
      return { reason: 'unauthenticated' };
    case 'insufficient_scope':
      return { reason: 'insufficient_scope', scopes: decision.scopes };
    case 'forbidden':
      return { reason: 'forbidden', description: decision.reason };
  }
}
