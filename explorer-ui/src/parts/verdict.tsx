import type { ComponentChildren } from 'preact';
import { verdictOf, wordOf, type Verdict } from '../state/matrix.js';
import type { Cell } from '../server.js';
import { Icon, type IconName } from './icon.js';

/** The icon of each verdict; `info` is work, `none` is nothing. */
export const VERDICT_ICONS: Readonly<Record<Verdict | 'info' | 'none', IconName>> = {
  ok: 'check',
  auth: 'key',
  scope: 'lock',
  deny: 'slash',
  err: 'warn',
  info: 'task',
  none: 'dash',
};

/** What became of a call: always a colour, an icon and a word. */
export function VerdictTag({
  verdict,
  children,
}: {
  readonly verdict: Verdict | 'info' | 'none';
  readonly children: ComponentChildren;
}) {
  return (
    <span class={`vd v-${verdict}`}>
      <Icon name={VERDICT_ICONS[verdict]} />
      {children}
    </span>
  );
}

export function CellTag({ cell }: { readonly cell: Cell }) {
  const verdict = verdictOf(cell);
  const word = wordOf(cell);
  const more = { auth: ' sign in', scope: ' scope missing', ok: '', deny: '', err: ' failed' }[
    verdict
  ];
  return (
    <VerdictTag verdict={verdict}>
      {word}
      {more}
    </VerdictTag>
  );
}

/** The verdict of an HTTP status. */
export function verdictOfStatus(status: number): Verdict {
  if (status < 400) return 'ok';
  if (status === 401) return 'auth';
  if (status === 403) return 'scope';
  return status >= 500 ? 'err' : 'deny';
}
