import type { Tool } from '@modelcontextprotocol/client';
import { signal } from '@preact/signals';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Fields } from '../form/form.js';
import { JsonInput, parseJson, readJson } from '../form/json-input.js';
import { Icon } from '../parts/icon.js';
import { Json } from '../parts/json.js';
import { Section, Segments } from '../parts/small.js';
import { draftOf, initialDraft, problemsShown, readDraft } from '../schema/draft.js';
import type { Draft, Problem } from '../schema/draft.js';
import { fieldsOf, type Field } from '../schema/field.js';
import { ask } from '../server.js';
import { call, callsOf, cancelCall } from '../state/calls.js';
import { config, era, server } from '../state/explorer.js';
import { entryOf, myCell } from '../state/matrix.js';
import { repeat, submitWhenOpen } from '../state/repeat.js';
import { whenConnected } from '../state/session.js';
import { Answer } from './answer.js';
import { DetailHead } from './detail-head.js';

/** What was filled in, so that it is still there after a look elsewhere. */
const drafts = new Map<string, { readonly draft: Draft; readonly json: string | undefined }>();
const asTask = signal(false);

/** One tool: the question on the left, the answer on the right. */
export function ToolDetail({
  name,
  tool,
}: {
  readonly name: string;
  readonly tool: Tool | undefined;
}) {
  const definition = useDefinition(name, tool);
  const annotations = definition?.annotations ?? {};
  const task = entryOf('tool', name)?.task;
  return (
    <article class="detail">
      <DetailHead
        panel="tools"
        kind="tool"
        title={definition?.title ?? annotations.title ?? name}
        name={name}
        description={definition?.description}
      >
        {annotations.readOnlyHint === true && <span class="tag">read-only</span>}
        {annotations.destructiveHint === true && annotations.readOnlyHint !== true && (
          <span class="tag">
            <Icon name="trash" small />
            destructive
          </span>
        )}
        {task !== undefined && <span class="tag">task {task}</span>}
      </DetailHead>
      <div class="qa">
        {definition ? (
          <Ask name={name} schema={definition.inputSchema} task={task} />
        ) : (
          <section class="ask" aria-label="Arguments">
            <div class="ah">
              <h2>Arguments</h2>
            </div>
            <p class="form m">This caller is not told of the arguments.</p>
          </section>
        )}
        <Answer kind="tool" name={name} schema={definition?.outputSchema} />
      </div>
    </article>
  );
}

/** The definition of a tool that the caller is not shown: the page asks its own server, in development. */
function useDefinition(name: string, tool: Tool | undefined): Tool | undefined {
  const [hidden, setHidden] = useState<Tool | undefined>(undefined);
  useEffect(() => {
    // From elsewhere the server shows what the caller may use, and nothing else.
    if (tool || config.value?.needsSignIn !== false) return;
    const { path } = server.value ?? {};
    void ask<Tool>('definition', { path, kind: 'tool', key: name }).then(
      setHidden,
      () => undefined,
    );
  }, [name, tool === undefined]);
  return tool ?? hidden;
}

function Ask({
  name,
  schema,
  task,
}: {
  readonly name: string;
  readonly schema: unknown;
  readonly task: 'optional' | 'required' | undefined;
}) {
  const fields = useMemo(() => fieldsOf(schema), [schema]);
  const root: Field = useMemo(() => rootField(fields), [fields]);
  const kept = drafts.get(name);
  const [draft, setDraft] = useState<Draft>(() => kept?.draft ?? initialDraft(root));
  const [json, setJson] = useState<string | undefined>(kept?.json ?? (fields ? undefined : '{}'));
  const [isTried, setTried] = useState(false);
  useEffect(() => {
    drafts.set(name, { draft, json });
  }, [draft, json]);
  const reading = json === undefined ? readDraft(root, draft) : readJson(json);
  const { problems } = reading;
  const running = callsOf('tool', name).find(({ state }) => state === 'running');
  const cell = myCell('tool', name);
  const isRefused = cell !== undefined && !cell.allowed;
  const form = useRef<HTMLFormElement>(null);
  const submit = (): void => {
    setTried(true);
    if (problems.length > 0) {
      requestAnimationFrame(() =>
        form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus(),
      );
      return;
    }
    if (running) return;
    const isTask =
      task !== undefined && era.value === 'modern' && (asTask.value || task === 'required');
    void call('tool', name, reading.value as Record<string, unknown>, { asTask: isTask });
  };
  useSubmitWhenOpen(name, submit);
  const switchTo = (mode: 'form' | 'json'): void => {
    if (mode === 'json') setJson(JSON.stringify(readDraft(root, draft).value ?? {}, null, 2));
    else {
      setDraft(draftOf(root, parseJson(json ?? '{}')));
      setJson(undefined);
    }
  };
  useRepeat(name, (args) => {
    setDraft(draftOf(root, args));
    if (json !== undefined) setJson(JSON.stringify(args, null, 2));
  });
  return (
    <section class="ask" aria-label="Arguments">
      <div class="ah">
        <h2>Arguments</h2>
        <span class="push" />
        {fields && fields.length > 0 && (
          <Segments
            label="Input as"
            choices={[
              { value: 'form', label: 'Form' },
              { value: 'json', label: 'JSON' },
            ]}
            value={json === undefined ? 'form' : 'json'}
            onChange={switchTo}
          />
        )}
      </div>
      <form
        class="form"
        ref={form}
        aria-label={`Arguments of ${name}`}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit();
          if (event.key === 'Escape' && running) cancelCall(running.id);
        }}
      >
        {json !== undefined && <JsonInput json={json} problems={problems} onInput={setJson} />}
        {json === undefined && fields?.length === 0 && (
          <p class="f m">This tool takes no arguments.</p>
        )}
        {json === undefined && fields && (
          <Fields
            fields={fields}
            draft={draft}
            problems={problemsShown(problems, isTried)}
            onChange={setDraft}
          />
        )}
        <div class="f">
          <Section title="Input schema">
            <Json value={schema} label="Input schema" />
          </Section>
        </div>
        <input type="submit" hidden />
      </form>
      <div class="bar">
        <button
          type="button"
          class={isRefused ? 'btn' : 'btn pri'}
          disabled={running !== undefined}
          onClick={submit}
        >
          {isRefused ? 'Call anyway' : 'Call'} <kbd>Ctrl ↵</kbd>
        </button>
        <button
          type="button"
          class="btn quiet"
          onClick={() => {
            setDraft(initialDraft(root));
            setTried(false);
            if (json !== undefined) setJson('{}');
          }}
        >
          Reset
        </button>
        {task === 'optional' && era.value === 'modern' && (
          <label class="row-f sm">
            <input
              type="checkbox"
              class="check"
              checked={asTask.value}
              onChange={(event) => {
                asTask.value = event.currentTarget.checked;
              }}
            />
            as a task
          </label>
        )}
        <span class="push sm m" role="status">
          {statusOf(problems, isTried)}
        </span>
      </div>
    </section>
  );
}

function statusOf(problems: readonly Problem[], isTried: boolean): string {
  if (problems.length === 0) return 'valid';
  return isTried ? `${problems.length} to correct` : '';
}

function rootField(fields: readonly Field[] | undefined): Field {
  return {
    name: '',
    schema: {},
    required: true,
    title: undefined,
    description: undefined,
    type: 'object',
    shape: fields ? { kind: 'object', fields } : { kind: 'json', reason: '' },
  };
}

function useRepeat(name: string, take: (args: unknown) => void): void {
  const wanted = repeat.value;
  useEffect(() => {
    if (wanted?.name !== name) return;
    take(wanted.args);
    repeat.value = undefined;
  }, [wanted]);
}

/** Sends the form once the new caller is connected; what is missing in it is asked for. */
function useSubmitWhenOpen(name: string, submit: () => void): void {
  const latest = useRef(submit);
  latest.current = submit;
  const isWanted = submitWhenOpen.value === name;
  useEffect(() => {
    if (!isWanted) return undefined;
    let isGone = false;
    const send = (): void => {
      if (isGone) return;
      submitWhenOpen.value = undefined;
      latest.current();
    };
    void whenConnected().then(send);
    return () => {
      isGone = true;
    };
  }, [isWanted]);
}
