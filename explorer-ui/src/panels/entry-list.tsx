import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { EmptyState, Search, Skeleton, timeOf } from '../parts/small.js';
import { Icon, type IconName } from '../parts/icon.js';
import { VERDICT_ICONS } from '../parts/verdict.js';
import type { Cell } from '../server.js';
import { caller } from '../state/caller.js';
import { hrefOf } from '../state/explorer.js';
import { verdictOf, wordOf } from '../state/matrix.js';
import { listedAt, listError, listing, session } from '../state/session.js';
import { offlineSince } from '../state/wire.js';
import { NotConnected } from './not-connected.js';

/** An entry in a list: one that the caller is shown, or one that it is not. */
export interface Entry {
  readonly key: string;
  readonly title: string;
  /** Name or URI, if the title says something else. */
  readonly name: string;
  readonly description: string;
  readonly group: string;
  readonly notes: readonly string[];
  readonly isDestructive: boolean;
  /** What the caller may do; `undefined` if the page is not told. */
  readonly cell: Cell | undefined;
}

const showsLocked = signal(true);

/** What is listed, and how. */
export interface EntryListProps {
  readonly panel: string;
  /** In the plural. */
  readonly noun: string;
  readonly icon: IconName;
  readonly entries: readonly Entry[];
  readonly selected: string | undefined;
  /** Shown in place of a list without entries. */
  readonly empty: ComponentChildren;
}

/** The list on the left: search, groups, and what is locked for the caller. */
export function EntryList({ panel, noun, icon, entries, selected, empty }: EntryListProps) {
  const [text, setText] = useState('');
  const locked = entries.filter(({ cell }) => cell && !cell.allowed);
  const shown = useMemo(() => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    return entries.filter(
      ({ key, title, description, cell }) =>
        (showsLocked.value || !cell || cell.allowed) &&
        words.every((word) => `${key} ${title} ${description}`.toLowerCase().includes(word)),
    );
  }, [entries, text, showsLocked.value]);
  const groups = useMemo(() => {
    const byGroup = new Map<string, Entry[]>();
    for (const entry of shown) {
      byGroup.set(entry.group, [...(byGroup.get(entry.group) ?? []), entry]);
    }
    return [...byGroup];
  }, [shown]);
  return (
    <div class="col">
      <Kinds panel={panel} />
      <div class="head">
        <h1 class="vh">{noun}</h1>
        <Search
          label={`Search ${noun}`}
          placeholder={entries.length > 1 ? `Search ${entries.length} ${noun}` : `Search ${noun}`}
          value={text}
          onInput={setText}
        />
      </div>
      <nav
        class={offlineSince.value === undefined ? 'scroll grow list' : 'scroll grow list stale'}
        aria-label={noun}
        // The links are stops; where there is none, the list itself is, so that it can be scrolled.
        tabIndex={shown.length === 0 ? 0 : -1}
        onKeyDown={moveInList}
      >
        <ListBody
          {...{ noun, icon, entries, empty, text }}
          isNothing={shown.length === 0}
          onClear={() => setText('')}
        />
        {groups.map(([group, members]) => (
          <div key={group}>
            {group !== '' && <h2 class="grp cap">{group}</h2>}
            {members.map((entry) => (
              <EntryLink
                key={entry.key}
                panel={panel}
                entry={entry}
                isCurrent={entry.key === selected}
              />
            ))}
          </div>
        ))}
      </nav>
      <div class="head foot-b">
        <span class="el">
          {entries.length - locked.length} to use
          {listing.value && ' · reading…'}
          {offlineSince.value !== undefined &&
            listedAt.value !== undefined &&
            ` · as of ${timeOf(listedAt.value)}`}
        </span>
        <span class="push" />
        {locked.length > 0 && (
          <label class="row-f">
            <input
              type="checkbox"
              class="check"
              checked={showsLocked.value}
              onChange={(event) => {
                showsLocked.value = event.currentTarget.checked;
              }}
            />
            {locked.length} locked shown
          </label>
        )}
      </div>
    </div>
  );
}

/** On phones, the four kinds share one place of the navigation. */
function Kinds({ panel }: { readonly panel: string }) {
  return (
    <nav class="kinds" aria-label="Kinds">
      {['tools', 'resources', 'prompts', 'tasks'].map((kind) => (
        <a key={kind} href={hrefOf(kind)} aria-current={kind === panel ? 'page' : undefined}>
          {kind[0]?.toUpperCase()}
          {kind.slice(1)}
        </a>
      ))}
    </nav>
  );
}

function ListBody({
  noun,
  icon,
  entries,
  empty,
  text,
  isNothing,
  onClear,
}: {
  readonly noun: string;
  readonly icon: IconName;
  readonly entries: readonly Entry[];
  readonly empty: ComponentChildren;
  readonly text: string;
  readonly isNothing: boolean;
  readonly onClear: () => void;
}) {
  const { state } = session.value;
  if (state === 'failed' && entries.every(({ cell }) => cell && !cell.allowed))
    return <NotConnected />;
  if (listError.value !== undefined) {
    return (
      <EmptyState icon="warn" verdict="err" title={`The ${noun} could not be read`}>
        {listError.value}
      </EmptyState>
    );
  }
  if (!isNothing) return null;
  if (state === 'connecting' || listedAt.value === undefined) {
    return <Skeleton label={`Loading ${noun}`} />;
  }
  if (text !== '') {
    return (
      <EmptyState
        icon="search"
        title={`Nothing matches “${text.slice(0, 40)}”`}
        actions={
          <button type="button" class="btn sm" onClick={onClear}>
            Clear the search
          </button>
        }
      >
        {entries.length} {noun} were searched by name, title and description.
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={icon} title={`This server has no ${noun} for ${caller.value.name}`}>
      {empty}
    </EmptyState>
  );
}

function EntryLink({
  panel,
  entry,
  isCurrent,
}: {
  readonly panel: string;
  readonly entry: Entry;
  readonly isCurrent: boolean;
}) {
  const { key, title, name, description, notes, isDestructive, cell } = entry;
  const isLocked = cell !== undefined && !cell.allowed;
  const verdict = cell ? verdictOf(cell) : 'ok';
  return (
    <a
      class={isLocked ? 'li no' : 'li'}
      href={hrefOf(panel, key)}
      aria-current={isCurrent ? 'true' : undefined}
    >
      <span class="tx">
        <b class="el">{title}</b>
        <span class="mt2">
          {name === title ? (
            <span class="el">{description.slice(0, 200)}</span>
          ) : (
            <span class="el mono">{name}</span>
          )}
          {notes.map((note) => (
            <span key={note}>{note}</span>
          ))}
          {isDestructive && <span class="dz">destructive</span>}
        </span>
      </span>
      <span class="en">
        {isLocked && (
          <span class={`lk v-${verdict}`} title={cell.refusal?.message}>
            <Icon name={VERDICT_ICONS[verdict]} small />
            <span class="vh">
              {wordOf(cell)}: {cell.refusal?.message}
            </span>
          </span>
        )}
      </span>
    </a>
  );
}

/** The arrow keys move through the list: a thousand entries are not a thousand stops. */
function moveInList(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  const links = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('.li')];
  const at = links.indexOf(document.activeElement as HTMLElement);
  const next = links[Math.min(links.length - 1, Math.max(0, at + step))];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
