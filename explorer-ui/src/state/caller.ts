import { computed, signal } from '@preact/signals';
import { ask, type CallerFacts, type People, type Refusal } from '../server.js';
import { refresh, signIn, type Tokens } from '../sign-in.js';
import { config, now, server } from './explorer.js';

/** What the emulator is asked for. */
export interface Wanted {
  readonly kind: 'oauth_jwt' | 'oauth_opaque' | 'session_token' | 'api_key' | 'm2m_token';
  readonly user?: string;
  readonly organization?: string;
  readonly machine?: string;
  readonly scopes?: readonly string[];
  readonly state?: 'valid' | 'expired' | 'revoked';
}

/** Who the page is. The token is in memory alone: closing the tab forgets it. */
export interface Caller {
  readonly name: string;
  /** Role and organization, if any. */
  readonly about: string;
  readonly token: string | undefined;
  readonly facts: CallerFacts | undefined;
  /** Why the server refuses the token. */
  readonly refusal: Refusal | undefined;
  /** How it was made, so that it can be made again. */
  readonly wanted: Wanted | undefined;
  readonly tokens: Tokens | undefined;
  /** Whether it was revoked here: the server may accept it for a while, from its cache. */
  readonly isRevoked?: boolean;
}

export const ANONYMOUS: Caller = {
  name: 'Anonymous',
  about: 'no token',
  token: undefined,
  facts: undefined,
  refusal: undefined,
  wanted: undefined,
  tokens: undefined,
};

export const caller = signal<Caller>(ANONYMOUS);
/** What the change of the caller is waiting for, in words. */
export const changing = signal<string | undefined>(undefined);
export const callerError = signal<string | undefined>(undefined);
/** Whom the emulator knows; `undefined` at a Clerk instance. */
export const people = signal<People | undefined>(undefined);

let stop = new AbortController();

/** Gives up a sign-in that waits. */
export function cancelChange(): void {
  stop.abort();
}

export async function loadPeople(): Promise<void> {
  if (config.value?.emulator !== true) return;
  people.value = await ask<People>('people').catch(() => undefined);
}

/** Changes the caller; the token of the one before is forgotten. */
async function change(words: string, make: () => Promise<Caller>): Promise<boolean> {
  stop.abort();
  stop = new AbortController();
  const { signal: stopped } = stop;
  changing.value = words;
  callerError.value = undefined;
  try {
    const made = await make();
    if (stopped.aborted) return false;
    caller.value = made;
    tellOtherTabs(made.name);
    return true;
  } catch (error) {
    if (!stopped.aborted || changing.value === words) {
      callerError.value = error instanceof Error ? error.message : String(error);
    }
    return false;
  } finally {
    if (changing.value === words) changing.value = undefined;
  }
}

export function becomeAnonymous(): void {
  stop.abort();
  changing.value = undefined;
  callerError.value = undefined;
  caller.value = ANONYMOUS;
  tellOtherTabs(ANONYMOUS.name);
}

/** Becomes somebody whom the emulator knows. */
export function become(wanted: Wanted): Promise<boolean> {
  return change(`Becoming ${nameOf(wanted)}`, () => minted(wanted));
}

/** Signs in by OAuth. @param scopes to ask for. Default: those that clients are told to ask for */
export function signInAs(scopes?: readonly string[]): Promise<boolean> {
  const { path = '', published = [] } = server.value ?? {};
  const asked = scopes ?? published.filter((scope) => scope !== 'private_metadata');
  return change('Signing in', async () =>
    fromTokens(await signIn(path, asked, config.value?.issuer ?? '', stop.signal)),
  );
}

/** A new token like the present one. */
export function renew(): Promise<boolean> {
  const { wanted, tokens } = caller.value;
  if (wanted) return become({ ...wanted, state: 'valid' });
  if (tokens?.refreshToken === undefined) return signInAs(caller.value.facts?.scopes);
  return change('Renewing', async () => fromTokens(await refresh(tokens), caller.value.name));
}

/** Revokes the token at the emulator; the page keeps it, to see what a revoked token is told. */
export async function revoke(): Promise<void> {
  const { token } = caller.value;
  await change('Revoking', async () => {
    await ask('revoke', { token });
    return described({ ...caller.value, isRevoked: true });
  });
  // Until the server says so: its cached verdicts end.
  for (let round = 0; round < 20 && !caller.value.refusal; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    if (caller.value.token !== token) return;
    await checkCaller().catch(() => undefined);
  }
}

/** Asks the server again what it knows of the token. */
export async function checkCaller(): Promise<void> {
  if (caller.value.token !== undefined) caller.value = await described(caller.value);
}

/** The credential of somebody at the emulator, for the matrix and for {@link become}. */
export async function minted(wanted: Wanted): Promise<Caller> {
  const path = server.value?.path;
  const { token } = await ask<{ token: string }>('mint', { path, ...wanted });
  return described({
    ...ANONYMOUS,
    name: nameOf(wanted),
    about: aboutOf(wanted),
    token,
    wanted,
  });
}

function fromTokens(tokens: Tokens, name = 'You'): Promise<Caller> {
  return described({ ...ANONYMOUS, name, about: '', token: tokens.accessToken, tokens });
}

async function described(one: Caller): Promise<Caller> {
  const path = server.value?.path;
  const answer = await ask<{ caller?: CallerFacts; refusal?: Refusal }>('caller', {
    path,
    token: one.token,
  });
  const facts = answer.caller ?? one.facts;
  const account = people.value?.users.find(({ id }) => id === facts?.userId);
  return {
    ...one,
    facts,
    refusal: answer.refusal,
    ...(one.tokens && {
      name: account ? fullName(account) : one.name,
      about: facts?.organization?.slug ?? facts?.userId ?? '',
    }),
  };
}

export function fullName(account: People['users'][number]): string {
  const { firstName, lastName, emailAddress } = account;
  return [firstName, lastName].filter(Boolean).join(' ') || emailAddress;
}

function nameOf({ user, machine, kind, organization }: Wanted): string {
  if (kind === 'm2m_token') {
    return people.value?.machines.find(({ id }) => id === machine)?.name ?? 'A machine';
  }
  const account = people.value?.users.find((one) =>
    [one.emailAddress, one.id].includes(user ?? ''),
  );
  return account ? fullName(account) : (user ?? organization ?? 'Somebody');
}

function aboutOf({ user, organization, kind }: Wanted): string {
  if (kind === 'm2m_token') return 'a machine';
  if (organization === undefined) return user ?? '';
  const role = people.value?.memberships.find(
    (one) => one.organization === organization && one.user === user,
  )?.role;
  const name = people.value?.organizations.find(({ slug }) => slug === organization)?.name;
  return [role?.replace(/^org:/, ''), name ?? organization].filter(Boolean).join(' · ');
}

/** Kinds of credential, in words. */
export const KINDS: Readonly<Record<Wanted['kind'], string>> = {
  oauth_jwt: 'OAuth JWT',
  oauth_opaque: 'OAuth opaque',
  session_token: 'session',
  api_key: 'API key',
  m2m_token: 'machine',
};

export function kindOf({ wanted, facts, token }: Caller): string {
  if (wanted) return KINDS[wanted.kind];
  if (facts?.tokenType === 'oauth_token')
    return token?.startsWith('oat_') ? 'OAuth opaque' : 'OAuth';
  // A refused token says nothing of itself; without the emulator, the page has it by OAuth.
  return facts?.tokenType.replaceAll('_', ' ') ?? (token === undefined ? 'no token' : 'OAuth');
}

/** What is left of the token: text, and whether it ends soon or has ended. */
export const life = computed(() => lifeOf(caller.value, now.value));

export function lifeOf(
  { facts, refusal, token, isRevoked = false }: Caller,
  at: number,
): { readonly text: string; readonly state: 'none' | 'good' | 'soon' | 'ended' } {
  if (token === undefined) return { text: '', state: 'none' };
  if (refusal?.reason === 'token_expired') return { text: 'expired', state: 'ended' };
  if (refusal) return { text: isRevoked ? 'revoked' : 'refused', state: 'ended' };
  if (isRevoked) return { text: 'revoked, still in the cache of the server', state: 'soon' };
  if (facts?.expiresAt === undefined) return { text: 'does not end', state: 'good' };
  const seconds = Math.round((facts.expiresAt - at) / 1000);
  if (seconds <= 0) return { text: `ended ${inWords(-seconds)} ago`, state: 'ended' };
  return { text: `ends in ${inWords(seconds)}`, state: seconds < 60 ? 'soon' : 'good' };
}

function inWords(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** Who another tab of this page has become; a banner says that this one stays. */
export const otherTab = signal<string | undefined>(undefined);
const tabs = new BroadcastChannel('nestjs-clerk-mcp:explorer:tabs');
tabs.addEventListener('message', ({ data }: MessageEvent) => {
  if (typeof data === 'string') otherTab.value = data.slice(0, 100);
});

function tellOtherTabs(name: string): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- only this origin hears a channel
  tabs.postMessage(name);
}
