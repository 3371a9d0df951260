import { ask, PAGE } from './server.js';

/** What a sign-in or a refresh gives. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken?: string;
  readonly clientId: string;
  readonly resource: string;
}

interface Start {
  readonly clientId: string;
  readonly authorizationEndpoint: string;
  readonly redirectUri: string;
  readonly resource: string;
}

/**
 * Signs somebody in by OAuth, as any public client: PKCE, in a window of the browser. Verifier, code and
 * tokens are in memory alone; the code comes back over a channel that only this origin hears.
 *
 * @throws {Error} it was refused or given up, with a message for people
 */
export async function signIn(
  path: string,
  scopes: readonly string[],
  issuer: string,
  signal: AbortSignal,
): Promise<Tokens> {
  // Opened at once: later the browser would block it.
  const popup = window.open('', '_blank', 'popup,width=480,height=720');
  if (!popup)
    throw new Error('The browser blocks the window of the sign-in. Allow it, and try again.');
  try {
    const pathname = PAGE.pathname.replace(/\/$/, '');
    const start = await ask<Start>('sign-in', { path, pathname });
    const verifier = randomText(48);
    const state = randomText(24);
    const url = new URL(start.authorizationEndpoint);
    const query = {
      response_type: 'code',
      client_id: start.clientId,
      redirect_uri: start.redirectUri,
      scope: scopes.join(' '),
      state,
      code_challenge: await challengeOf(verifier),
      code_challenge_method: 'S256',
      resource: start.resource,
    };
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const arrived = codeFor(state, issuer, popup, signal);
    popup.location.replace(url.href);
    return await exchange(start, {
      grant_type: 'authorization_code',
      code: await arrived,
      code_verifier: verifier,
      redirect_uri: start.redirectUri,
    });
  } finally {
    popup.close();
  }
}

/** @throws {Error} the refresh token is not valid any more */
export function refresh(tokens: Tokens): Promise<Tokens> {
  const { refreshToken = '', ...start } = tokens;
  return exchange(start, { grant_type: 'refresh_token', refresh_token: refreshToken });
}

async function exchange(
  { clientId, resource }: Pick<Start, 'clientId' | 'resource'>,
  grant: Record<string, string>,
): Promise<Tokens> {
  const answer = await ask<{ access_token?: string; refresh_token?: string }>('token', {
    ...grant,
    client_id: clientId,
    resource,
  });
  const { access_token: accessToken, refresh_token: refreshToken } = answer;
  if (accessToken === undefined) throw new Error('The authorization server sent no token.');
  return {
    accessToken,
    clientId,
    resource,
    ...(refreshToken !== undefined && { refreshToken }),
  };
}

/** In the window of a sign-in: passes the code on, and is done. @returns whether this is such a window */
export function passCodeOn(): boolean {
  const answer = new URLSearchParams(location.search);
  const state = answer.get('state');
  if (state === null || !(answer.has('code') || answer.has('error'))) return false;
  // The code must not stay in the address, nor in the history.
  history.replaceState(null, '', location.pathname);
  const channel = new BroadcastChannel(CHANNEL);
  const message = {
    state,
    code: answer.get('code'),
    iss: answer.get('iss'),
    error: answer.get('error_description') ?? answer.get('error'),
  };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- only this origin hears a channel
  channel.postMessage(message);
  channel.close();
  window.close();
  return true;
}

const CHANNEL = 'nestjs-clerk-mcp:explorer:sign-in';

function codeFor(
  state: string,
  issuer: string,
  popup: Window,
  signal: AbortSignal,
): Promise<string> {
  const channel = new BroadcastChannel(CHANNEL);
  let closed: ReturnType<typeof setInterval> | undefined;
  return new Promise<string>((resolve, reject) => {
    const giveUp = (): void => reject(new Error('The sign-in was given up.'));
    // A page that hides who opened it makes the window look closed at once: then only a button gives up.
    let wasElsewhere = false;
    closed = setInterval(() => {
      if (popup.closed && wasElsewhere) setTimeout(giveUp, 1_000);
      wasElsewhere ||= !popup.closed && isElsewhere(popup);
    }, 500);
    signal.addEventListener('abort', giveUp, { once: true });
    channel.addEventListener('message', ({ data }: MessageEvent) => {
      const { state: of, code, error, iss } = Object(data) as Record<string, unknown>;
      if (of !== state) return;
      // RFC 9207: the code of another authorization server must not be sent to this one.
      const isOther = typeof iss === 'string' && iss !== issuer;
      if (typeof code === 'string' && !isOther) resolve(code);
      else reject(new Error(`The sign-in was refused: ${String(error).slice(0, 300)}`));
    });
  }).finally(() => {
    clearInterval(closed);
    channel.close();
  });
}

function isElsewhere(popup: Window): boolean {
  try {
    return popup.location.origin !== location.origin && popup.location.href !== 'about:blank';
  } catch {
    return true;
  }
}

function randomText(bytes: number): string {
  return base64url(crypto.getRandomValues(new Uint8Array(bytes)));
}

async function challengeOf(verifier: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  return base64url(new Uint8Array(hash));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
