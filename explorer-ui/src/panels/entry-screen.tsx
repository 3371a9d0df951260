import type { ComponentChildren } from 'preact';
import { route } from '../state/explorer.js';
import { EntryList, type Entry, type EntryListProps } from './entry-list.js';

/** The entry that is shown: the chosen one, or else the first that this caller may use. */
export function selectedIn(entries: readonly Entry[]): string | undefined {
  const { entry: chosen } = route.value;
  return chosen ?? entries.find(({ cell }) => !cell || cell.allowed)?.key;
}

/** A list of entries, and beside it one of them. */
export function EntryScreen({
  children,
  ...list
}: EntryListProps & { readonly children: ComponentChildren }) {
  return (
    <section class="screen split" data-open={route.value.entry === undefined ? 'list' : 'detail'}>
      <EntryList {...list} />
      <div class="col">{children}</div>
    </section>
  );
}
