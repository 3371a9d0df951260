import { Scroll } from '../parts/scroll.js';
import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../parts/icon.js';
import {
  bytesInWords,
  CopyButton,
  Tabs,
  timeOf,
  tookInWords,
  type Choice,
} from '../parts/small.js';
import { VerdictTag, verdictOfStatus } from '../parts/verdict.js';
import { call, callsOf, cancelCall, type Call, type CallKind } from '../state/calls.js';
import { now } from '../state/explorer.js';
import { detailOf, myCell, verdictOf, type Verdict, wordOf } from '../state/matrix.js';
import { questions } from '../state/questions.js';
import { repeat } from '../state/repeat.js';
import { exchangeOf } from '../state/wire.js';
import { ExchangeView } from '../wire/exchange.js';
import { QuestionCard } from './question.js';
import { Refusal } from './refusal.js';
import { ResultText, ResultView, structuredOf } from './result.js';

type Tab = 'result' | 'text' | 'log' | 'wire';

/** What became of the calls of an entry. The room for it is there before the first one. */
export function Answer({
  kind,
  name,
  schema,
}: {
  readonly kind: CallKind;
  readonly name: string;
  readonly schema?: unknown;
}) {
  const calls = callsOf(kind, name);
  const [chosen, setChosen] = useState<number | undefined>(undefined);
  const [tab, setTab] = useState<Tab>('result');
  const shown = calls.find(({ id }) => id === chosen) ?? calls[0];
  const latest = calls[0]?.id;
  useEffect(() => {
    setChosen(undefined);
    setTab('result');
  }, [latest]);
  const tabs = tabsOf(shown);
  return (
    <section class="ans" aria-label="Answer">
      <div class="ah">
        <Tabs label="Answer" tabs={tabs} value={tab} onChange={setTab} />
        <span class="push" />
        {calls.length > 0 && (
          <label class="history">
            <span class="vh">Earlier calls</span>
            <select
              class="in"
              value={String(shown?.id)}
              onChange={(event) => setChosen(Number(event.currentTarget.value))}
            >
              {calls.map((one) => (
                <option key={one.id} value={String(one.id)}>
                  {timeOf(one.at)} as {one.as}: {stateInWords(one)}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      {shown ? (
        <Shown call={shown} tab={tab} schema={schema} />
      ) : (
        <NotCalled kind={kind} name={name} />
      )}
    </section>
  );
}

function tabsOf(call: Call | undefined): readonly Choice<Tab>[] {
  const hasStructure = call?.result !== undefined && structuredOf(call.result) !== undefined;
  const first = resultTab(call, hasStructure);
  const { length } = call?.log ?? [];
  return [
    { value: 'result', label: first },
    ...(hasStructure ? [{ value: 'text', label: 'Text' } as const] : []),
    ...(length > 0 ? [{ value: 'log', label: `Log ${length}` } as const] : []),
    { value: 'wire', label: 'Wire' },
  ];
}

function resultTab(call: Call | undefined, hasStructure: boolean): string {
  if (call?.state === 'running') return questions.value.length > 0 ? 'Question' : 'Progress';
  if (call?.status === 401 || call?.status === 403) return 'Refusal';
  return hasStructure ? 'Structured' : 'Result';
}

function stateInWords({ state, status, message }: Call): string {
  if (state === 'running') return 'running';
  if (state === 'cancelled') return 'cancelled';
  if (status !== undefined && status >= 400) return String(status);
  return state === 'error' ? (message ?? 'error').slice(0, 40) : 'done';
}

function verdictOfCall({ state, status }: Call): Verdict | 'info' | 'none' {
  if (state === 'running') return 'info';
  if (state === 'cancelled') return 'none';
  if (status !== undefined && status >= 400) return verdictOfStatus(status);
  return state === 'error' ? 'err' : 'ok';
}

function Shown({
  call: shown,
  tab,
  schema,
}: {
  readonly call: Call;
  readonly tab: Tab;
  readonly schema: unknown;
}) {
  const { id, kind, name, args, asTask, state, at, as, took, bytes, result } = shown;
  const isRunning = state === 'running';
  return (
    <>
      <div class="am">
        <VerdictTag verdict={verdictOfCall(shown)}>{tagOf(shown)}</VerdictTag>
        <span class="m">
          {isRunning ? tookInWords(Math.max(0, now.value - at)) : tookInWords(took ?? 0)}
        </span>
        {bytes !== undefined && bytes > 0 && <span class="m">{bytesInWords(bytes)}</span>}
        <span class="m el">
          {timeOf(at)} as {as}
        </span>
        <span class="push" />
        {isRunning ? (
          <button type="button" class="btn sm" onClick={() => cancelCall(id)}>
            Cancel <kbd>Esc</kbd>
          </button>
        ) : (
          <>
            {result && (
              <CopyButton text={() => JSON.stringify(result, null, 2)} label="Copy the result" />
            )}
            <button
              type="button"
              class="btn sm"
              onClick={() => {
                repeat.value = { name, args };
                void call(kind, name, args, { asTask });
              }}
            >
              <Icon name="again" small />
              Again
            </button>
          </>
        )}
      </div>
      <Scroll label={tab} class="ab" role="tabpanel">
        <TabBody call={shown} tab={tab} schema={schema} />
      </Scroll>
    </>
  );
}

function tagOf({ state, status, result }: Call): string {
  if (state === 'running') return questions.value.length > 0 ? 'waiting for you' : 'working';
  if (state === 'cancelled') return 'cancelled';
  if (result?.['isError'] === true) return 'tool error';
  if (status !== undefined) return String(status);
  return state === 'error' ? 'failed' : 'done';
}

function TabBody({
  call: shown,
  tab,
  schema,
}: {
  readonly call: Call;
  readonly tab: Tab;
  readonly schema: unknown;
}) {
  const { result, log, exchange, state } = shown;
  switch (tab) {
    case 'text':
      return result ? <ResultText result={result} /> : null;
    case 'log':
      return <Log call={shown} />;
    case 'wire': {
      const found = exchange === undefined ? undefined : exchangeOf(exchange);
      if (found) return <ExchangeView exchange={found} />;
      return <p class="m sm">The exchange is shown here once the server has answered.</p>;
    }
    case 'result':
      if (state === 'running') return <Running call={shown} />;
      return (
        <>
          {result && <ResultView result={result} schema={schema} />}
          {!result && <Refusal call={shown} />}
          {log.length > 0 && !result && <Log call={shown} />}
        </>
      );
  }
}

function Running({ call: { progress, log, ...rest } }: { readonly call: Call }) {
  const { progress: value = 0, total, message } = progress ?? {};
  const part = total === undefined || total <= 0 ? undefined : Math.min(100, (100 * value) / total);
  return (
    <>
      {questions.value.map((question) => (
        <QuestionCard key={question.id} question={question} />
      ))}
      {questions.value.length === 0 && (
        <div class="box card-b">
          <progress
            class="bar-of"
            aria-label="Progress"
            {...(part !== undefined && { value: part, max: 100 })}
          />
          <p class="sm s" role="status">
            {progress
              ? `${value}${total === undefined ? '' : ` of ${total}`}`
              : 'The server works.'}
            {message !== undefined && ` · ${message.slice(0, 300)}`}
          </p>
        </div>
      )}
      {log.length > 0 && <Log call={{ ...rest, log }} />}
    </>
  );
}

function Log({ call: { log } }: { readonly call: Call }) {
  return (
    <div class="log" role="log" aria-label="Log of the call">
      {log.map(({ at, level, text }, index) => (
        <LogLine key={index} at={at} level={level} text={text} />
      ))}
    </div>
  );
}

function LogLine({ at, level, text }: Call['log'][number]) {
  return (
    <>
      <span class="m">+{(at / 1000).toFixed(2)}</span>
      <span class={['error', 'critical', 'alert', 'emergency'].includes(level) ? 'v-err vt' : ''}>
        {level}
      </span>
      <span>{text}</span>
    </>
  );
}

/** Before the first call: what would happen. */
function NotCalled({ kind, name }: { readonly kind: CallKind; readonly name: string }) {
  const cell = myCell(kind, name);
  if (!cell || cell.allowed) {
    return (
      <Scroll label="The answer" class="ab">
        <p class="m sm">The answer is shown here.</p>
      </Scroll>
    );
  }
  return (
    <>
      <div class="am">
        <VerdictTag verdict={verdictOf(cell)}>{wordOf(cell)}</VerdictTag>
        <span class="m">not called yet: what would happen</span>
      </div>
      <Scroll label="What would happen" class="ab">
        <Refusal cell={cell} kind={kind} name={name} detail={detailOf(cell)} />
      </Scroll>
    </>
  );
}
