import type { EmulatorRoute } from './emulator-traffic.js';

/** Whether a route serves something of Clerk, and not of the emulator alone. */
export function isClerks({ method, url }: EmulatorRoute): boolean {
  if (method === 'HEAD' || method === 'OPTIONS') return false;
  return !OWN.some((own) => url === own || url.startsWith(`${own}/`)) && !url.endsWith('*');
}

/** The control surface, and pages and pictures that Clerk serves from other hosts in other forms. */
const OWN = ['/__emulator', '/sign-in', '/oauth/consent', '/img', '/favicon.ico'] as const;
