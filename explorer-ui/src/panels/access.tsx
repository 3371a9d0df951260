import { Scroll } from '../parts/scroll.js';
import { signal } from '@preact/signals';
import { useMemo, useRef, useState } from 'preact/hooks';
import { EmptyState, Segments, Skeleton } from '../parts/small.js';
import { Icon } from '../parts/icon.js';
import { VERDICT_ICONS } from '../parts/verdict.js';
import type { MatrixEntry } from '../server.js';
import { caller } from '../state/caller.js';
import { go, route } from '../state/explorer.js';
import {
  cellOf,
  columns,
  detailOf,
  loadMatrix,
  matrix,
  matrixError,
  ME,
  verdictOf,
  wordOf,
  type Column,
  type OpenCell,
} from '../state/matrix.js';
import { moveInGrid } from './grid-keys.js';
import { StatedEditor } from './stated-editor.js';
import { Why } from './why.js';

type Filter = 'all' | 'differences' | 'refusals';
/** On phones, one caller at a time. */
const picked = signal(ME);

/** Who may call what, and why. */
export function AccessPanel() {
  const [filter, setFilter] = useState<Filter>('all');
  const open = openOf(route.value.entry);
  const isNew = route.value.entry === 'new';
  const shown = useMemo(() => rowsFor(filter), [filter, matrix.value]);
  if (matrixError.value !== undefined && !matrix.value) {
    return (
      <>
        <h1 class="vh">Who may call what</h1>
        <EmptyState
          icon="warn"
          verdict="err"
          title="The decisions could not be read"
          actions={
            <button type="button" class="btn sm" onClick={() => void loadMatrix()}>
              <Icon name="again" small /> Try again
            </button>
          }
        >
          {matrixError.value}
        </EmptyState>
      </>
    );
  }
  return (
    <section class="screen acc" data-sheet={open || isNew ? 'on' : 'off'}>
      <div class="col">
        <div class="head">
          <h1 class="el panel-title">Who may call what</h1>
          <span class="push" />
          <div class="only-w">
            <Segments
              label="Show"
              choices={[
                { value: 'all', label: 'All' },
                { value: 'differences', label: 'Differences' },
                { value: 'refusals', label: 'Refusals' },
              ]}
              value={filter}
              onChange={setFilter}
            />
          </div>
          <button type="button" class="btn sm" onClick={() => go('access', 'new')}>
            <Icon name="plus" small />
            Caller
          </button>
        </div>
        <Pick />
        <Scroll label="Access matrix">
          {matrix.value ? (
            <MatrixTable rows={shown} open={open} />
          ) : (
            <Skeleton label="Deciding" rows={10} />
          )}
        </Scroll>
        <div class="head foot-b legend">
          {(['ok', 'auth', 'scope', 'deny', 'err'] as const).map((verdict) => (
            <span class={`v-${verdict} row-f`} key={verdict}>
              <span class="vt row-f">
                <Icon name={VERDICT_ICONS[verdict]} small />
              </span>
              {LEGEND[verdict]}
            </span>
          ))}
        </div>
      </div>
      {isNew && (
        <aside class="col why" aria-label="A made-up caller">
          <StatedEditor />
        </aside>
      )}
      {!isNew && <Why open={open} />}
    </section>
  );
}

const LEGEND = {
  ok: 'allowed',
  auth: '401 sign in',
  scope: '403 grant a scope',
  deny: 'forbidden',
  err: 'server failed',
} as const;

/** The cell that the URL names: `#access/tool echo me`. */
function openOf(text: string | undefined): OpenCell | undefined {
  const [, kind, key, id] = /^(\w+) (.*) ([^ ]+)$/s.exec(text ?? '') ?? [];
  const entry = matrix.value?.entries.find((one) => one.kind === kind && one.key === key);
  const column = columns.value.find((one) => idOf(one) === id);
  return entry && column ? { entry, column } : undefined;
}

/** Without spaces, for the URL. */
const idOf = ({ id }: Column): string => id.replaceAll(/\s/g, '_');

function rowsFor(filter: Filter): readonly MatrixEntry[] {
  const entries = matrix.value?.entries ?? [];
  if (filter === 'all') return entries;
  return entries.filter((entry) => {
    const cells = columns.value.map(({ id }) => cellOf(id, entry));
    if (filter === 'refusals') return cells.some((cell) => cell && !cell.allowed);
    return new Set(cells.map((cell) => cell?.allowed)).size > 1;
  });
}

function Pick() {
  const isKnown = columns.value.some(({ id }) => id === picked.value);
  const current = isKnown ? picked.value : columns.value[0]?.id;
  return (
    <div class="pick" role="group" aria-label="Caller">
      {columns.value.map(({ id, name }) => (
        <button
          key={id}
          type="button"
          aria-pressed={id === current}
          onClick={() => {
            picked.value = id;
          }}
        >
          {name}
        </button>
      ))}
    </div>
  );
}

const KINDS = [
  ['tool', 'Tools'],
  ['resource', 'Resources'],
  ['template', 'Templates'],
  ['prompt', 'Prompts'],
] as const;

function MatrixTable({
  rows,
  open,
}: {
  readonly rows: readonly MatrixEntry[];
  readonly open: OpenCell | undefined;
}) {
  const table = useRef<HTMLTableElement>(null);
  const all = columns.value;
  const shown = all.findIndex(({ id }) => id === picked.value);
  if (rows.length === 0) return <EmptyState icon="grid" title="No entry is like that" />;
  return (
    <table class="mx" data-col={Math.max(0, shown)} ref={table} onKeyDown={moveInGrid}>
      <caption class="vh">What each caller may use. Arrow keys move between the cells.</caption>
      <colgroup>
        <col class="ce" />
        {all.map(({ id }) => (
          <col key={id} />
        ))}
      </colgroup>
      <thead>
        <tr>
          <th scope="col">
            <span>Entry and its rule</span>
          </th>
          {all.map(({ id, name, about }) => (
            <th scope="col" key={id} class={isMe(id) ? 'cur' : undefined}>
              <b class="el" title={name}>
                {name.split(' ')[0]} {isMe(id) && <i class="tag">now</i>}
              </b>
              <span class="el" title={about}>
                {about}
              </span>
            </th>
          ))}
        </tr>
      </thead>
      {KINDS.map(([kind, label]) => {
        const members = rows.filter((row) => row.kind === kind);
        if (members.length === 0) return null;
        return (
          <tbody key={kind}>
            <tr class="gr">
              <th colSpan={all.length + 1} scope="rowgroup">
                <span class="cap">
                  {label} {members.length}
                </span>
              </th>
            </tr>
            {members.map((entry) => (
              <Row
                key={entry.key}
                entry={entry}
                open={open}
                isFirst={entry === rows[0]}
                shown={shown}
              />
            ))}
          </tbody>
        );
      })}
    </table>
  );
}

const isMe = (id: string): boolean => id === (caller.value.token === undefined ? 'anonymous' : ME);

function Row({
  entry,
  open,
  isFirst,
  shown,
}: {
  readonly entry: MatrixEntry;
  readonly open: OpenCell | undefined;
  readonly isFirst: boolean;
  readonly shown: number;
}) {
  const { kind, key, rule } = entry;
  return (
    <tr>
      <th scope="row">
        <span class="nm el" title={key}>
          {key}
        </span>
        <span class="rl el" title={matrix.value?.rules[rule]?.text}>
          {matrix.value?.rules[rule]?.short}
        </span>
      </th>
      {columns.value.map((column, index) => {
        const cell = cellOf(column.id, entry);
        const isOpen = open?.entry === entry && open.column.id === column.id;
        const verdict = cell ? verdictOf(cell) : 'none';
        return (
          <td key={column.id} class={index === Math.max(0, shown) ? 'picked' : undefined}>
            {cell && (
              <button
                type="button"
                class={`cell v-${verdict}`}
                aria-expanded={isOpen}
                // One stop for the whole grid: the open cell, or the first one.
                tabIndex={isOpen || (!open && isFirst && index === 0) ? 0 : -1}
                onClick={() => go('access', isOpen ? undefined : `${kind} ${key} ${idOf(column)}`)}
              >
                <Icon name={VERDICT_ICONS[verdict]} small />
                {cell.allowed ? (
                  <span class="vh">allowed</span>
                ) : (
                  <span class="tx">
                    <b>{wordOf(cell)}</b>
                    <i title={cell.refusal?.message}>{detailOf(cell)}</i>
                  </span>
                )}
                <span class="vh">
                  , {key} as {column.name}
                </span>
              </button>
            )}
          </td>
        );
      })}
    </tr>
  );
}
