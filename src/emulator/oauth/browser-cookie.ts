import type { FastifyReply, FastifyRequest } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import type { Session } from '../instance/sessions.js';
import type { User } from '../instance/users.js';
import type { Browser } from './browsers.js';

/** The browser that sent the request, if the stand-in knows its cookie. */
export function knownBrowser(core: EmulatorCore, request: FastifyRequest): Browser | undefined {
  const name = cookieName(core);
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [key, value] = pair.trim().split('=', 2);
    if (key === name && value) return core.browsers.find(value);
  }
  return undefined;
}

/** Gives the browser a new cookie, with nobody or somebody signed in. */
export function greetBrowser(
  core: EmulatorCore,
  reply: FastifyReply,
  sessionId: string | null,
): Browser {
  const { browser, cookie } = core.browsers.create(sessionId);
  const maxAge = core.settings.lifetimes.session;
  reply.header(
    'set-cookie',
    `${cookieName(core)}=${cookie}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax`,
  );
  return browser;
}

/** Who is signed in; `undefined` once the session or the user is gone. */
export function signedIn(
  core: EmulatorCore,
  browser: Browser | undefined,
): { readonly session: Session; readonly user: User } | undefined {
  const session = browser?.sessionId ? core.sessions.find(browser.sessionId) : undefined;
  const user = session?.status === 'active' ? core.users.find(session.userId) : undefined;
  return session && user && !user.banned ? { session, user } : undefined;
}

/** Cookies of a host are shared by all its ports, so the name has to tell stand-ins apart. */
function cookieName(core: EmulatorCore): string {
  return `clerk_emulator_${new URL(core.url).port || '80'}`;
}
