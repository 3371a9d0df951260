import type { Tool } from '@modelcontextprotocol/client';
import { useMemo } from 'preact/hooks';
import { EmptyState } from '../parts/small.js';
import { route } from '../state/explorer.js';
import { matrix, myCell } from '../state/matrix.js';
import { lists } from '../state/session.js';
import type { Entry } from './entry-list.js';
import { EntryScreen, selectedIn } from './entry-screen.js';
import { ToolDetail } from './tool-detail.js';

/** The tools, and one of them. */
export function ToolsPanel() {
  const { tools } = lists.value;
  const { entry: chosen } = route.value;
  const entries = useMemo(() => entriesOf(tools), [tools, matrix.value]);
  const selected = selectedIn(entries);
  const isThere = entries.some(({ key }) => key === selected);
  return (
    <EntryScreen
      panel="tools"
      noun="tools"
      icon="tools"
      entries={entries}
      selected={selected}
      empty={
        <>
          A method with <code>@McpTool()</code> in any provider shows up here.
        </>
      }
    >
      {selected !== undefined && isThere && (
        <ToolDetail
          key={selected}
          name={selected}
          tool={tools.find(({ name }) => name === selected)}
        />
      )}
      {chosen !== undefined && !isThere && entries.length > 0 && (
        <EmptyState icon="search" title="There is no such tool">
          {chosen.slice(0, 200)} is not a tool of this server, or this caller is not told of it.
        </EmptyState>
      )}
    </EntryScreen>
  );
}

function entriesOf(tools: readonly Tool[]): readonly Entry[] {
  const listed = new Map(tools.map((tool) => [tool.name, tool] as const));
  const rows = matrix.value?.entries.filter(({ kind }) => kind === 'tool') ?? [];
  const sources = new Map(rows.map((row) => [row.key, row.source] as const));
  const keys = [...new Set([...listed.keys(), ...rows.map(({ key }) => key)])];
  return keys
    .map((key): Entry => {
      const tool = listed.get(key);
      const title =
        tool?.title ?? tool?.annotations?.title ?? rows.find((row) => row.key === key)?.title;
      const notes = tool?.annotations?.readOnlyHint === true ? ['read-only'] : [];
      const task = rows.find((row) => row.key === key)?.task;
      return {
        key,
        title: title ?? key,
        name: key,
        description: tool?.description ?? '',
        group: groupOf(sources.get(key)),
        notes: task === undefined ? notes : [...notes, 'task'],
        isDestructive:
          tool?.annotations?.destructiveHint === true && tool.annotations.readOnlyHint !== true,
        cell: myCell('tool', key),
      };
    })
    .toSorted((one, other) => compare(one.group, other.group) || compare(one.key, other.key));
}

const compare = (one: string, other: string): number => Number(one > other) - Number(one < other);

/** The class that declares an entry, without what classes are called in general. */
export function groupOf(source: string | undefined): string {
  const [name = ''] = (source ?? '').split('.');
  const words = name.replace(/(Tools?|Service|Controller|Resources?|Prompts?|Provider)$/, '');
  return (words || name).replace(/([a-z])([A-Z])/g, '$1 $2');
}
