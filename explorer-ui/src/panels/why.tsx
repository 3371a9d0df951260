import { Scroll } from '../parts/scroll.js';
import { Icon } from '../parts/icon.js';
import { CloseButton, CopyButton } from '../parts/small.js';
import { CellTag } from '../parts/verdict.js';
import { become, caller, changing, signInAs } from '../state/caller.js';
import { go } from '../state/explorer.js';
import { submitWhenOpen } from '../state/repeat.js';
import {
  added,
  cellOf,
  loadMatrix,
  matrix,
  ME,
  missingScopes,
  type OpenCell,
} from '../state/matrix.js';
import { Told } from './refusal.js';

/** Why a caller may or may not use an entry, condition by condition. */
export function Why({ open }: { readonly open: OpenCell | undefined }) {
  if (!open) {
    return (
      <aside class="col why" aria-label="Why">
        <div class="pad">
          <p class="m sm">
            Choose a cell to see why: each condition of the rule, and what the client is told. The
            decisions are those that guard the calls.
          </p>
        </div>
      </aside>
    );
  }
  const { entry, column } = open;
  const cell = cellOf(column.id, entry);
  if (!cell) return null;
  const { refusal, conditions, allowed } = cell;
  const rule = matrix.value?.rules[entry.rule];
  return (
    <aside class="col why" aria-label="Why">
      <div class="head">
        <h2 class="el">
          <code>{entry.key}</code> as {column.name}
        </h2>
        <span class="push" />
        <CellTag cell={cell} />
        <CloseButton onClose={() => go('access')} />
      </div>
      <Scroll label="Why">
        <div class="pad">
          <div>
            <p class="verdict-text">{sentence(open, allowed, refusal?.message)}</p>
            {refusal && <p class="sm s">{refusal.cure}</p>}
            <Steps open={open} />
          </div>
          <div>
            <h3>Conditions, all of which must hold</h3>
            <ul>
              {conditions.length === 0 && (
                <Condition
                  holds={allowed}
                  text={rule?.text === 'public' ? 'None: this is for everybody' : 'Signed in'}
                  note={allowed ? '' : (refusal?.message ?? '')}
                />
              )}
              {conditions.length > 0 && <Condition holds text="Signed in" note="" />}
              {conditions.map(({ condition, holds, reason }) => (
                <Condition
                  key={condition}
                  holds={holds}
                  text={condition.replace(/^./, (first) => first.toUpperCase())}
                  note={reason ?? ''}
                />
              ))}
            </ul>
          </div>
          <div>
            {refusal && <Told refusal={refusal} />}
            <dl class="kv">
              <dt>in lists</dt>
              <dd>{listed(open, allowed)}</dd>
              <dt>rule of</dt>
              <dd>
                <code>{entry.source}</code>
              </dd>
              <dt>rule</dt>
              <dd>{rule?.text}</dd>
            </dl>
            <div class="row-f wrap copies">
              <CopyButton text={() => asTest(open, allowed)} label="Copy as a test" quiet={false}>
                as test
              </CopyButton>
              <CopyButton text={() => JSON.stringify(cell, null, 2)} label="Copy as JSON">
                as JSON
              </CopyButton>
            </div>
          </div>
        </div>
      </Scroll>
    </aside>
  );
}

function sentence({ column }: OpenCell, allowed: boolean, message = ''): string {
  return allowed ? `${column.name} may use it.` : `Refused: ${message}.`;
}

function Condition({
  holds,
  text,
  note,
}: {
  readonly holds: boolean;
  readonly text: string;
  readonly note: string;
}) {
  return (
    <li class={`cond v-${holds ? 'ok' : 'scope'}`}>
      <Icon name={holds ? 'check' : 'x'} />
      <span>
        <span class="vh">{holds ? 'holds: ' : 'does not hold: '}</span>
        {text}
      </span>
      <p>{note}</p>
    </li>
  );
}

function listed({ entry, column }: OpenCell, allowed: boolean): string {
  if (allowed) return `yes, ${column.name} is told of it`;
  if (entry.offered && column.id === 'anonymous') return 'yes, with how to sign in';
  return 'no, it is left out';
}

/** The next sensible step: the cure, and then the call. */
function Steps({ open: { entry, column } }: { readonly open: OpenCell }) {
  const cell = cellOf(column.id, entry);
  const isMe = column.id === ME || (column.id === 'anonymous' && caller.value.token === undefined);
  const { refusal, allowed } = cell ?? {};
  const scopes = refusal ? missingScopes(refusal) : [];
  const panel = { tool: 'tools', resource: 'resources', template: 'resources', prompt: 'prompts' }[
    entry.kind
  ];
  const openIt = (isDone = true): void => {
    if (isDone) go(panel, entry.key);
  };
  const { wanted, stated } = column;
  const callIt = (isDone: boolean): void => {
    // With what was filled in last; the form asks for what is missing.
    if (isDone && entry.kind === 'tool') submitWhenOpen.value = entry.key;
    openIt(isDone);
  };
  const isBusy = changing.value !== undefined;
  return (
    <div class="row-f wrap steps">
      {!allowed && scopes.length > 0 && !stated && (
        <button
          type="button"
          class="btn pri"
          disabled={isBusy}
          onClick={() => {
            const granted = wanted?.scopes ?? caller.value.facts?.scopes ?? [];
            void signInAs([...new Set([...granted, ...scopes])]).then(callIt);
          }}
        >
          {entry.kind === 'tool' ? 'Step up and call' : 'Step up and open'}
        </button>
      )}
      {!allowed && refusal?.reason === 'unauthenticated' && (
        <button
          type="button"
          class="btn pri"
          disabled={isBusy}
          onClick={() => void signInAs().then(openIt)}
        >
          Sign in and open
        </button>
      )}
      {isMe && allowed && (
        <button type="button" class="btn pri" onClick={() => openIt()}>
          Open
        </button>
      )}
      {!isMe && wanted && (
        <button
          type="button"
          class={allowed ? 'btn pri' : 'btn'}
          disabled={isBusy}
          onClick={() => void become(wanted).then(allowed ? openIt : () => undefined)}
        >
          Become {column.name}
          {allowed ? ' and open' : ''}
        </button>
      )}
      {stated && (
        <button
          type="button"
          class="btn"
          onClick={() => {
            added.value = added.value.filter(({ id }) => id !== column.id);
            void loadMatrix();
            go('access');
          }}
        >
          Remove this caller
        </button>
      )}
    </div>
  );
}

/** The decision as a test with the test kit of the package. */
function asTest({ entry, column }: OpenCell, allowed: boolean): string {
  const { wanted } = column;
  const person = {
    ...(wanted?.user !== undefined && { email: wanted.user }),
    ...(wanted?.organization !== undefined && { organization: wanted.organization }),
    ...(wanted?.scopes && { scopes: wanted.scopes }),
    ...(wanted && !wanted.kind.startsWith('oauth') && { tokenType: wanted.kind }),
    ...(wanted?.kind === 'oauth_opaque' && { format: 'opaque' }),
  };
  const who = column.id === 'anonymous' ? 'test.anonymous()' : `await test.as(${inline(person)})`;
  const list = entry.kind === 'prompt' ? 'listPrompts' : 'listTools';
  const name = JSON.stringify(entry.key);
  return `const caller = ${who};
const names = (await caller.${list}()).map(({ name }) => name);
expect(names)${allowed ? '' : '.not'}.toContain(${name});
`;
}

function inline(value: object): string {
  return JSON.stringify(value, null, 2)
    .replace(/"([A-Za-z_]\w*)":/g, '$1:')
    .replaceAll('"', "'");
}
