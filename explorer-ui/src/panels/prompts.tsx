import type { Prompt } from '@modelcontextprotocol/client';
import { useMemo, useState } from 'preact/hooks';
import { CompletedInput } from '../form/completed-input.js';
import { EmptyState } from '../parts/small.js';
import { REQUIRED } from '../schema/draft.js';
import { call, callsOf } from '../state/calls.js';
import { matrix, myCell } from '../state/matrix.js';
import { lists } from '../state/session.js';
import { Answer } from './answer.js';
import { DetailHead } from './detail-head.js';
import type { Entry } from './entry-list.js';
import { EntryScreen, selectedIn } from './entry-screen.js';

/** The prompts, and one of them. */
export function PromptsPanel() {
  const { prompts } = lists.value;
  const entries = useMemo(() => entriesOf(prompts), [prompts, matrix.value]);
  const selected = selectedIn(entries);
  return (
    <EntryScreen
      panel="prompts"
      noun="prompts"
      icon="prompt"
      entries={entries}
      selected={selected}
      empty={
        <>
          A method with <code>@McpPrompt()</code> shows up here.
        </>
      }
    >
      {selected === undefined ? (
        <EmptyState icon="prompt" title="No prompt is chosen" />
      ) : (
        <PromptDetail
          key={selected}
          name={selected}
          prompt={prompts.find(({ name }) => name === selected)}
        />
      )}
    </EntryScreen>
  );
}

function entriesOf(prompts: readonly Prompt[]): readonly Entry[] {
  const rows = matrix.value?.entries.filter(({ kind }) => kind === 'prompt') ?? [];
  const keys = [...new Set([...prompts.map(({ name }) => name), ...rows.map(({ key }) => key)])];
  return keys.map((key): Entry => {
    const prompt = prompts.find(({ name }) => name === key);
    const count = prompt?.arguments?.length ?? 0;
    return {
      key,
      title: prompt?.title ?? rows.find((row) => row.key === key)?.title ?? key,
      name: key,
      description: prompt?.description ?? '',
      group: '',
      notes: count === 0 ? [] : [count === 1 ? '1 argument' : `${count} arguments`],
      isDestructive: false,
      cell: myCell('prompt', key),
    };
  });
}

function PromptDetail({
  name,
  prompt,
}: {
  readonly name: string;
  readonly prompt: Prompt | undefined;
}) {
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [isTried, setTried] = useState(false);
  const fields = prompt?.arguments ?? [];
  const cell = myCell('prompt', name);
  const isRefused = cell !== undefined && !cell.allowed;
  const isRunning = callsOf('prompt', name).some(({ state }) => state === 'running');
  const missing = fields.filter((one) => one.required === true && !values[one.name]);
  const get = (): void => {
    setTried(true);
    if (missing.length > 0 || isRunning) return;
    void call(
      'prompt',
      name,
      Object.fromEntries(Object.entries(values).filter(([, text]) => text)),
    );
  };
  return (
    <article class="detail">
      <DetailHead
        panel="prompts"
        kind="prompt"
        title={prompt?.title ?? name}
        name={name}
        description={prompt?.description}
      />
      <div class="qa">
        <section class="ask" aria-label="Arguments">
          <div class="ah">
            <h2>Arguments</h2>
          </div>
          <form
            class="form"
            aria-label={`Arguments of ${name}`}
            noValidate
            onSubmit={(event) => {
              event.preventDefault();
              get();
            }}
          >
            {fields.length === 0 && <p class="f m">This prompt takes no arguments.</p>}
            {fields.map((field) => (
              <CompletedInput
                key={field.name}
                name={field.name}
                value={values[field.name] ?? ''}
                required={field.required === true}
                description={field.description}
                reference={{ type: 'ref/prompt', name }}
                others={values}
                problem={isTried && missing.includes(field) ? REQUIRED : undefined}
                onChange={(value) => setValues({ ...values, [field.name]: value })}
              />
            ))}
            <input type="submit" hidden />
          </form>
          <div class="bar">
            <button
              type="button"
              class={isRefused ? 'btn' : 'btn pri'}
              disabled={isRunning}
              onClick={get}
            >
              {isRefused ? 'Get anyway' : 'Get'}
            </button>
          </div>
        </section>
        <Answer kind="prompt" name={name} />
      </div>
    </article>
  );
}
