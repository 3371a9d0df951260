import { computed, signal } from '@preact/signals';
import { ask, type Cell, type Matrix, type MatrixEntry } from '../server.js';
import { caller, KINDS, minted, people, type Caller, type Wanted } from './caller.js';
import { config, server } from './explorer.js';
import { messageOf } from './session.js';

/** A column of the matrix. */
export interface Column {
  readonly id: string;
  readonly name: string;
  readonly about: string;
  readonly token?: string;
  /** A caller that somebody has made up. */
  readonly stated?: Readonly<Record<string, unknown>>;
  /** To become this caller. */
  readonly wanted?: Wanted;
}

/** Callers that somebody has added. */
export const added = signal<readonly Column[]>([]);
export const matrix = signal<Matrix | undefined>(undefined);
export const columns = signal<readonly Column[]>([]);
export const matrixError = signal<string | undefined>(undefined);
export const matrixLoading = signal(false);

/** The cell whose reasons are shown. */
export interface OpenCell {
  readonly entry: MatrixEntry;
  readonly column: Column;
}

let current = 0;

/** Decides everything again, for the present caller and the people of the emulator. */
export async function loadMatrix(): Promise<void> {
  const mine = (current += 1);
  const isLocked = config.value?.needsSignIn === true && caller.value.token === undefined;
  if (!server.value || isLocked) {
    matrix.value = undefined;
    return;
  }
  matrixLoading.value = true;
  try {
    const shown = [anonymous, ...me(), ...(await seeded()), ...added.value].slice(0, 20);
    const callers = shown.map(({ id, token, stated }) => ({ id, token, stated }));
    const body = { path: server.value.path, callers };
    const answer = await ask<Matrix>('access', body, caller.value.token);
    if (mine !== current) return;
    columns.value = shown;
    matrix.value = answer;
    matrixError.value = undefined;
  } catch (error) {
    if (mine === current) matrixError.value = messageOf(error);
  } finally {
    if (mine === current) matrixLoading.value = false;
  }
}

export const ME = 'me';
const anonymous: Column = { id: 'anonymous', name: 'Anonymous', about: 'no token' };

function me(): readonly Column[] {
  const { token, name, about, wanted } = caller.value;
  if (token === undefined) return [];
  return [{ id: ME, name, about, token, ...(wanted && { wanted }) }];
}

/** Tokens of the people of the emulator, made once. */
const known = new Map<string, Promise<Caller>>();

async function seeded(): Promise<readonly Column[]> {
  const { users = [], organizations = [] } = people.value ?? {};
  if (people.value === undefined) return [];
  const scopes = (server.value?.published ?? []).filter((scope) => scope !== 'offline_access');
  const organization = organizations[0]?.slug;
  const wanted: Wanted[] = [
    ...users.slice(0, 4).map((user): Wanted => {
      const own = user.organization?.slug;
      const base = { kind: 'oauth_jwt', user: user.emailAddress } as const;
      return own === undefined
        ? { ...base, scopes }
        : { ...base, organization: own, scopes: [...new Set([...scopes, 'user:org:read'])] };
    }),
    ...(people.value.accepted.includes('session_token') && users[0]
      ? [
          {
            kind: 'session_token' as const,
            user: users[0].emailAddress,
            ...(organization !== undefined && { organization }),
          },
        ]
      : []),
    ...(people.value.accepted.includes('m2m_token')
      ? people.value.machines.slice(0, 1).map(({ id: machine }) => ({
          kind: 'm2m_token' as const,
          machine,
        }))
      : []),
  ];
  const made = await Promise.all(
    wanted
      .filter((one) => JSON.stringify(one) !== JSON.stringify(caller.value.wanted))
      .map(async (one): Promise<readonly Column[]> => {
        const key = `${server.value?.path} ${JSON.stringify(one)}`;
        const made = known.get(key) ?? minted(one);
        known.set(key, made);
        const who = await made.catch(() => undefined);
        // An old token would be refused, which says nothing about the person.
        const isOld = (who?.facts?.expiresAt ?? Infinity) < Date.now() + 5_000;
        if (!who || isOld) known.delete(key);
        const { name, about = '', token } = isOld ? await minted(one) : (who ?? {});
        if (name === undefined || token === undefined) return [];
        const id = `${one.kind}:${one.user ?? one.machine}`.slice(0, 100);
        return [
          {
            id,
            name,
            about: `${about.split(' · ')[0] || 'user'} · ${KINDS[one.kind]}`,
            token,
            wanted: one,
          },
        ];
      }),
  );
  return made.flat();
}

const rowOf = computed(
  () =>
    new Map(matrix.value?.entries.map((entry) => [`${entry.kind} ${entry.key}`, entry] as const)),
);

export const entryOf = (kind: MatrixEntry['kind'], key: string): MatrixEntry | undefined =>
  rowOf.value.get(`${kind} ${key}`);

export function cellOf(column: string, entry: MatrixEntry): Cell | undefined {
  return matrix.value?.callers.find(({ id }) => id === column)?.cells[entry.rule];
}

/** What the present caller may do with an entry; `undefined` if the page is not told. */
export function myCell(kind: MatrixEntry['kind'], key: string): Cell | undefined {
  const entry = entryOf(kind, key);
  return entry && cellOf(caller.value.token === undefined ? 'anonymous' : ME, entry);
}

export type Verdict = 'ok' | 'auth' | 'scope' | 'deny' | 'err';

/** Who can cure a refusal: the colour of a verdict. */
export function verdictOf({ allowed, refusal }: Pick<Cell, 'allowed' | 'refusal'>): Verdict {
  if (allowed || !refusal) return 'ok';
  switch (refusal.reason) {
    case 'unauthenticated':
    case 'token_expired':
    case 'invalid_token':
      return 'auth';
    case 'insufficient_scope':
      return 'scope';
    case 'unavailable':
    case 'misconfigured':
      return 'err';
    default:
      return 'deny';
  }
}

/** A verdict in a word. */
export function wordOf(cell: Pick<Cell, 'allowed' | 'refusal'>): string {
  const { refusal } = cell;
  if (cell.allowed || !refusal) return 'allowed';
  if (refusal.reason === 'reverification') return 'verify again';
  return String(refusal.answer?.status ?? 'forbidden');
}

/** Why, in a few words: what a narrow cell has room for. */
export function detailOf({ refusal, conditions }: Cell): string {
  if (!refusal) return '';
  const scopes = missingScopes(refusal);
  if (scopes.length > 0) return scopes.length === 1 ? (scopes[0] ?? '') : `${scopes.length} scopes`;
  if (refusal.reason === 'unauthenticated') return 'sign in';
  if (refusal.reason === 'token_expired') return 'expired';
  if (refusal.reason === 'invalid_token') return 'token refused';
  // The condition that refuses for good: the others could be met by another token.
  const own = conditions.find(({ reason }) => reason === refusal.message);
  const first = own ?? conditions.find(({ holds }) => !holds);
  // The condition names every kind of credential, its reason the one of this caller.
  const isByKind = first?.condition.startsWith('by kind of credential') === true;
  const failed = (isByKind ? first?.reason : first?.condition) ?? refusal.reason;
  return failed.replace(/^(the|an?) /, '').replace(/^credential of the kind /, 'only ');
}

export function missingScopes({ scopes = [] }: Cell['refusal'] & object): readonly string[] {
  return scopes;
}
