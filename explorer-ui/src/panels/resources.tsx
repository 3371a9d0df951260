import { signal } from '@preact/signals';
import { useMemo, useState } from 'preact/hooks';
import { CompletedInput } from '../form/completed-input.js';
import { Icon } from '../parts/icon.js';
import { EmptyState, timeOf } from '../parts/small.js';
import { call, callsOf, cancelCall } from '../state/calls.js';
import { era } from '../state/explorer.js';
import { matrix, myCell } from '../state/matrix.js';
import { lists, messageOf, session, updateListeners } from '../state/session.js';
import { Answer } from './answer.js';
import { DetailHead } from './detail-head.js';
import type { Entry } from './entry-list.js';
import { EntryScreen, selectedIn } from './entry-screen.js';

/** The resources and their templates, and one of them. */
export function ResourcesPanel() {
  const { resources, templates } = lists.value;
  const entries = useMemo(() => entriesOf(), [resources, templates, matrix.value]);
  const selected = selectedIn(entries);
  const template = templates.find(({ uriTemplate }) => uriTemplate === selected);
  const isTemplate = template !== undefined || (selected?.includes('{') ?? false);
  return (
    <EntryScreen
      panel="resources"
      noun="resources"
      icon="doc"
      entries={entries}
      selected={selected}
      empty={
        <>
          A method with <code>@McpResource()</code> shows up here.
        </>
      }
    >
      {selected === undefined ? (
        <EmptyState icon="doc" title="No resource is chosen" />
      ) : (
        <ResourceDetail key={selected} uri={selected} isTemplate={isTemplate} />
      )}
    </EntryScreen>
  );
}

function entriesOf(): readonly Entry[] {
  const { resources, templates } = lists.value;
  const rows = matrix.value?.entries ?? [];
  const common = { notes: [], isDestructive: false };
  const listed = [
    ...resources.map((one): Entry => ({
      ...common,
      key: one.uri,
      title: one.title ?? one.name,
      name: one.uri,
      description: one.description ?? '',
      group: 'Resources',
      cell: myCell('resource', one.uri),
    })),
    ...templates.map((one): Entry => ({
      ...common,
      key: one.uriTemplate,
      title: one.title ?? one.name,
      name: one.uriTemplate,
      description: one.description ?? '',
      group: 'Templates',
      cell: myCell('template', one.uriTemplate),
    })),
  ];
  const known = new Set(listed.map(({ key }) => key));
  const hidden = rows
    .filter(({ kind, key }) => (kind === 'resource' || kind === 'template') && !known.has(key))
    .map(({ kind, key, title }): Entry => ({
      ...common,
      key,
      title,
      name: key,
      description: '',
      group: kind === 'resource' ? 'Resources' : 'Templates',
      cell: myCell(kind, key),
    }));
  return [...listed, ...hidden].toSorted(
    (one, other) => Number(one.group > other.group) - Number(one.group < other.group),
  );
}

function ResourceDetail({
  uri,
  isTemplate,
}: {
  readonly uri: string;
  readonly isTemplate: boolean;
}) {
  const { resources, templates } = lists.value;
  const definition = isTemplate
    ? templates.find(({ uriTemplate }) => uriTemplate === uri)
    : resources.find((one) => one.uri === uri);
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const variables = useMemo(() => variablesOf(uri), [uri]);
  const read = isTemplate ? expand(uri, values) : uri;
  const kind = isTemplate ? 'template' : 'resource';
  const cell = myCell(kind, uri);
  const isRefused = cell !== undefined && !cell.allowed;
  const running = callsOf('resource', read).find(({ state }) => state === 'running');
  return (
    <article class="detail">
      <DetailHead
        panel="resources"
        kind={kind}
        title={definition?.title ?? definition?.name ?? uri}
        name={uri}
        description={definition?.description}
      >
        {definition?.mimeType !== undefined && (
          <span class="tag">{definition.mimeType.slice(0, 60)}</span>
        )}
      </DetailHead>
      <div class="qa">
        <section class="ask" aria-label="Address">
          <div class="ah">
            <h2>{isTemplate ? 'Variables' : 'Address'}</h2>
          </div>
          <form
            class="form"
            aria-label={`Address of ${uri}`}
            onSubmit={(event) => {
              event.preventDefault();
              void call('resource', read, {});
            }}
          >
            {variables.map((name) => (
              <CompletedInput
                key={name}
                name={name}
                value={values[name] ?? ''}
                reference={{ type: 'ref/resource', uri }}
                others={values}
                onChange={(value) => setValues({ ...values, [name]: value })}
              />
            ))}
            <div class="f">
              <span class="hp">URI</span>
              <code>{read}</code>
            </div>
            <Subscription uri={read} />
            <input type="submit" hidden />
          </form>
          <div class="bar">
            <button
              type="button"
              class={isRefused ? 'btn' : 'btn pri'}
              disabled={running !== undefined}
              onClick={() => void call('resource', read, {})}
            >
              {isRefused ? 'Read anyway' : 'Read'}
            </button>
            {running && (
              <button type="button" class="btn quiet" onClick={() => cancelCall(running.id)}>
                Cancel
              </button>
            )}
          </div>
        </section>
        <Answer kind="resource" name={read} />
      </div>
    </article>
  );
}

/** The names in a template of RFC 6570. */
function variablesOf(template: string): readonly string[] {
  const names = [...template.matchAll(/\{[+#./;?&]?([^}]*)\}/g)].flatMap(([, list = '']) =>
    list.split(',').map((name) => name.replace(/(\*|:\d+)$/, '')),
  );
  return [...new Set(names.filter(Boolean))].slice(0, 20);
}

/** Expands simple, reserved and query expressions, which is what servers declare. */
function expand(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{([+#./;?&]?)([^}]*)\}/g, (_whole, operator: string, list: string) => {
    const names = list.split(',').map((name) => name.replace(/(\*|:\d+)$/, ''));
    const given = names.filter((name) => values[name]);
    const write = (name: string): string => {
      const value = values[name] ?? '';
      return operator === '+' || operator === '#' ? encodeURI(value) : encodeURIComponent(value);
    };
    if (given.length === 0) return '';
    switch (operator) {
      case '?':
      case '&':
        return `${operator}${given.map((name) => `${name}=${write(name)}`).join('&')}`;
      case ';':
        return given.map((name) => `;${name}=${write(name)}`).join('');
      case '/':
      case '.':
        return given.map((name) => `${operator}${write(name)}`).join('');
      default:
        return `${operator === '#' ? '#' : ''}${given.map(write).join(',')}`;
    }
  });
}

/** What the page is told of, by URI. */
const subscribed = signal<
  ReadonlyMap<string, { close(): Promise<unknown>; updates: readonly number[] }>
>(new Map());

updateListeners.add((changed) => {
  const found = subscribed.value.get(changed);
  if (!found) return;
  const updates = [Date.now(), ...found.updates].slice(0, 20);
  subscribed.value = new Map([...subscribed.value, [changed, { ...found, updates }]]);
});

function Subscription({ uri }: { readonly uri: string }) {
  const [error, setError] = useState<string | undefined>(undefined);
  const { client, state } = session.value;
  const isOffered =
    state === 'connected' && session.value.capabilities.resources?.subscribe === true;
  const known = subscribed.value.get(uri);
  if (!isOffered || !client) return null;
  const toggle = async (): Promise<void> => {
    setError(undefined);
    try {
      if (known) {
        await known.close();
        subscribed.value = new Map([...subscribed.value].filter(([key]) => key !== uri));
        return;
      }
      const close = await subscribe();
      subscribed.value = new Map([...subscribed.value, [uri, { close, updates: [] }]]);
    } catch (failure) {
      setError(messageOf(failure));
    }
  };
  const subscribe = async (): Promise<() => Promise<unknown>> => {
    if (era.value === 'modern') {
      const subscription = await client.listen({ resourceSubscriptions: [uri] });
      return () => subscription.close();
    }
    await client.subscribeResource({ uri });
    return () => client.unsubscribeResource({ uri });
  };
  return (
    <div class="f">
      <div class="row-f">
        <button
          type="button"
          class="btn sm"
          aria-pressed={known !== undefined}
          onClick={() => void toggle()}
        >
          <Icon name={known ? 'x' : 'eye'} small />
          {known ? 'Stop following' : 'Follow changes'}
        </button>
        <span class="sm m" role="status">
          {known &&
            (known.updates[0] === undefined
              ? 'No change yet.'
              : `Changed at ${timeOf(known.updates[0])}.`)}
        </span>
        {known?.updates[0] !== undefined && (
          <button type="button" class="btn sm" onClick={() => void call('resource', uri, {})}>
            Read again
          </button>
        )}
      </div>
      {error !== undefined && (
        <p class="bad" role="alert">
          <Icon name="warn" small />
          <span>{error}</span>
        </p>
      )}
    </div>
  );
}
