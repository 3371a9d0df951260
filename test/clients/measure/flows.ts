import { setTimeout as wait } from 'node:timers/promises';
import { COLUMNS, type Column } from '../client-driver.js';
import type { Subject } from '../subjects/subject.js';
import { remarkOf, type Cell } from './cell.js';
import type { WatchedUse } from './watched-use.js';

export type Cells = Partial<Readonly<Record<Column, Cell>>>;

/** What is measured at one server. */
export interface Flow {
  readonly columns: readonly Column[];
  measure(use: WatchedUse, subject: Subject): Promise<Cells>;
}

/** The first use: from nothing known to a call. Then the server starts again. */
export const firstUse: Flow = {
  columns: ['discovery', 'registration', 'sign-in', 'list', 'call', 'restart'],
  async measure(use, subject) {
    const signIn = await measureSignIn(use);
    const found = { discovery: discovery(use), registration: registration(use), 'sign-in': signIn };
    if (signIn.grade === 'no') return { ...found, ...unreached(['list', 'call', 'restart']) };
    const list = use.handle.list ? await graded(() => use.list()) : UNASKED;
    const call = use.handle.call
      ? await graded(() => use.call('echo', { message: 'hello' }, 'hello'))
      : UNASKED;
    if (!use.isUsable) return { ...found, list, call, restart: UNASKED };
    await subject.restart();
    return { ...found, list, call, restart: await usedAgain(use) };
  },
};

/** The access token expires, and the client goes on. */
export const refresh: Flow = {
  columns: ['refresh'],
  async measure(use) {
    const signIn = await measureSignIn(use);
    if (signIn.grade === 'no') return unreached(['refresh']);
    if (!use.isUsable) return { refresh: UNASKED };
    const { visits } = use;
    await wait((ACCESS_TOKEN_SECONDS + CLOCK_SKEW_SECONDS + 1) * 1_000);
    await use.settled();
    const { tokens } = use;
    const byItself = use.visits > visits;
    const cell = await usedAgain(use, visits);
    await use.settled();
    if (cell.grade === 'ok' && tokens === use.tokens && tokens < 2) {
      return { refresh: { grade: 'no', remark: 'the expired token was let in' } };
    }
    if (cell.grade === 'ok') return { refresh: cell };
    const scope = use.authorization?.get('scope') ?? '';
    const remarks = [
      ...(cell.remark === undefined ? [] : [cell.remark]),
      ...(byItself ? ['the browser opens by itself'] : []),
      ...(scope.includes('offline_access') ? [] : ['asked for no offline_access']),
    ];
    return { refresh: { grade: cell.grade, remark: remarks.join(', ') } };
  },
};

/** Tools need scopes that the client has not asked for yet. An administrator has assigned them to it. */
export const stepUp: Flow = {
  columns: ['step-up'],
  async measure(use, subject) {
    const signIn = await measureSignIn(use);
    if (signIn.grade === 'no') return unreached(['step-up']);
    if (!use.handle.call) return { 'step-up': UNASKED };
    const clientId = use.authorization?.get('client_id') ?? '';
    await subject.assignScopes(clientId, SCOPES);
    const { visits } = use;
    const first = await graded(async () => {
      await use.call('readNotes', {}, 'the notes');
      await use.call('writeNotes', { text: 'this' }, 'saved this');
    });
    if (first.grade === 'no') {
      const asked = use.authorization?.get('scope') ?? '';
      const remark = use.visits > visits ? `${first.remark} (asked for ${asked})` : first.remark;
      return { 'step-up': { grade: 'no', ...(remark !== undefined && { remark }) } };
    }
    const before = use.visits;
    const then = await graded(() => use.call('readNotes', {}, 'the notes'));
    if (then.grade === 'ok' && use.visits === before) return { 'step-up': { grade: 'ok' } };
    const remark = 'loses the scopes that it had: asks again for each tool';
    return { 'step-up': { grade: 'again', remark } };
  },
};

/**
 * How long access tokens live at the server where {@link refresh} is measured: long enough that a client on a
 * slow machine uses its first token before it expires.
 */
export const ACCESS_TOKEN_SECONDS = 8;
/** By which the service lets tokens live longer. */
const CLOCK_SKEW_SECONDS = 5;
const SCOPES = ['profile', 'email', 'offline_access', 'notes:read', 'notes:write'];

const UNASKED: Cell = { grade: '–' };

async function measureSignIn(use: WatchedUse): Promise<Cell> {
  let remark: string | undefined;
  try {
    remark = await use.signIn();
  } catch (error) {
    await use.settled();
    return { grade: 'no', remark: remarkOf(error) };
  }
  await use.settled();
  if (use.handle.isGivenToken) return UNASKED;
  if (use.visits === 0) return { grade: 'no', remark: 'the browser is never opened' };
  if (use.tokens === 0) return { grade: 'no', remark: 'never gets a token' };
  if (use.admitted.length === 0) return { grade: 'no', remark: 'never uses its token' };
  if (use.visits > 1) return { grade: 'again', remark: `the browser opens ${use.visits} times` };
  return { grade: 'ok', ...(remark !== undefined && { remark }) };
}

/** Whether it read the metadata of the resource and of the authorization server. */
function discovery({ exchanges }: WatchedUse): Cell {
  const read = (pattern: RegExp) =>
    exchanges.some(({ path, status }) => status === 200 && pattern.test(path));
  const missing = [
    ...(read(/^\/\.well-known\/oauth-protected-resource/) ? [] : ['protected resource']),
    ...(read(/\/\.well-known\/(oauth-authorization-server|openid-configuration)/)
      ? []
      : ['authorization server']),
  ];
  if (missing.length === 0) return { grade: 'ok' };
  return { grade: 'no', remark: `does not read the metadata of the ${missing.join(' and the ')}` };
}

function registration({ exchanges }: WatchedUse): Cell {
  const answers = exchanges.filter(({ path }) => path === '/oauth/register');
  if (answers.some(({ status }) => status === 201)) return { grade: 'ok' };
  const last = answers.at(-1);
  if (last !== undefined) return { grade: 'no', remark: `is answered ${last.status}` };
  return { grade: 'no', remark: 'does not register itself' };
}

/** Uses the client again after something has changed: at once, or with a new connection. */
async function usedAgain(use: WatchedUse, visits = use.visits): Promise<Cell> {
  const atOnce = await graded(() => use.useIt());
  if (atOnce.grade === 'ok') return asked(use, visits, undefined);
  if (!use.handle.reconnect) return atOnce;
  const anew = await graded(async () => {
    await use.reconnect();
    await use.useIt();
  });
  return anew.grade === 'ok' ? asked(use, visits, 'after it connects anew') : atOnce;
}

function asked(use: WatchedUse, visits: number, remark: string | undefined): Cell {
  if (use.visits > visits) return { grade: 'again', remark: 'asks to sign in again' };
  return { grade: 'ok', ...(remark !== undefined && { remark }) };
}

async function graded(work: () => Promise<void>): Promise<Cell> {
  try {
    await work();
    return { grade: 'ok' };
  } catch (error) {
    return { grade: 'no', remark: remarkOf(error) };
  }
}

function unreached(columns: readonly Column[]): Cells {
  return Object.fromEntries(columns.map((column) => [column, UNASKED]));
}

/** Every column, in order, from what the flows have measured. */
export function completeCells(measured: Cells): Readonly<Record<Column, Cell>> {
  const entries = COLUMNS.map((column) => [column, measured[column] ?? UNASKED] as const);
  return Object.fromEntries(entries) as Record<Column, Cell>;
}
