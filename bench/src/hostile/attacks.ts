import type { Attack } from './attack.js';
import { connections } from './attacks/connections.js';
import { credentials } from './attacks/credentials.js';
import { longTexts } from './attacks/long-texts.js';
import { sessions } from './attacks/sessions.js';
import { shapes } from './attacks/shapes.js';

/** Every attack, once. */
export function allAttacks(): readonly Attack[] {
  return [...longTexts(), ...shapes(), ...credentials(), ...sessions(), ...connections()];
}
