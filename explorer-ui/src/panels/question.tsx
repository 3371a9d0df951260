import { useMemo, useState } from 'preact/hooks';
import { Fields } from '../form/form.js';
import { Icon } from '../parts/icon.js';
import { Json } from '../parts/json.js';
import { safeUrl, Section } from '../parts/small.js';
import { initialDraft, problemsShown, readDraft, type Draft } from '../schema/draft.js';
import { fieldsOf, type Field } from '../schema/field.js';
import type { Question } from '../state/questions.js';

/** A question of the server in the middle of a call. */
export function QuestionCard({ question }: { readonly question: Question }) {
  switch (question.kind) {
    case 'sampling':
      return <SamplingCard question={question} />;
    case 'roots':
      return <RootsCard question={question} />;
    case 'elicitation':
      return question.params.mode === 'url' ? (
        <UrlCard question={question} />
      ) : (
        <FormCard question={question} />
      );
  }
}

type Of<K extends Question['kind']> = { readonly question: Extract<Question, { kind: K }> };

function Head({ note, title }: { readonly note: string; readonly title: string }) {
  return (
    <div class="card-h">
      <span class="v-info vt row-f">
        <Icon name="prompt" />
      </span>
      <h2>{title}</h2>
      <span class="push xs m">{note}</span>
    </div>
  );
}

function FormCard({ question }: Of<'elicitation'>) {
  const { message } = question.params;
  const schema: unknown = Reflect.get(question.params, 'requestedSchema');
  const fields = useMemo(() => fieldsOf(schema) ?? [], [schema]);
  const root = useMemo(
    (): Field => ({
      name: '',
      schema: {},
      required: true,
      title: undefined,
      description: undefined,
      type: 'object',
      shape: { kind: 'object', fields },
    }),
    [fields],
  );
  const [draft, setDraft] = useState<Draft>(() => initialDraft(root));
  const [isTried, setTried] = useState(false);
  const { value, problems } = readDraft(root, draft);
  const accept = (): void => {
    setTried(true);
    if (problems.length === 0) question.answer('accept', value as Record<string, unknown>);
  };
  return (
    <div class="box ask-box" role="group" aria-label="The server asks">
      <Head title="The server asks" note="elicitation · form" />
      <form
        class="card-b"
        noValidate
        aria-label="Answer to the server"
        onSubmit={(event) => {
          event.preventDefault();
          accept();
        }}
      >
        <p class="asked">{message.slice(0, 5_000)}</p>
        <div class="fields">
          <Fields
            fields={fields}
            draft={draft}
            problems={problemsShown(problems, isTried)}
            onChange={setDraft}
          />
        </div>
        <div class="row-f wrap">
          <button type="submit" class="btn pri">
            Accept and continue
          </button>
          <button type="button" class="btn" onClick={() => question.answer('decline')}>
            Decline
          </button>
          <button type="button" class="btn quiet" onClick={() => question.answer('cancel')}>
            Dismiss
          </button>
        </div>
      </form>
    </div>
  );
}

function UrlCard({ question }: Of<'elicitation'>) {
  const { message } = question.params;
  const given: unknown = Reflect.get(question.params, 'url');
  const url = safeUrl(given);
  return (
    <div class="box ask-box" role="group" aria-label="The server asks">
      <Head title="The server sends you to a page" note="elicitation · URL" />
      <div class="card-b">
        <p class="asked">{message.slice(0, 5_000)}</p>
        {url === undefined ? (
          <div class="note v-deny">
            <Icon name="slash" />
            <span>
              This is not the address of a web page, so it is not opened:{' '}
              <code>{String(given).slice(0, 500)}</code>
            </span>
          </div>
        ) : (
          <>
            <p class="sm">
              The page is at <b>{new URL(url).host}</b>. Open it only if you expect that.
            </p>
            <code class="sm">{url.slice(0, 2_000)}</code>
          </>
        )}
        <div class="row-f wrap">
          {url !== undefined && (
            <a
              class="btn pri"
              href={url}
              target="_blank"
              rel="noopener noreferrer nofollow"
              onClick={() => question.answer('accept')}
            >
              Open and continue
              <Icon name="ext" small />
            </a>
          )}
          <button type="button" class="btn" onClick={() => question.answer('decline')}>
            Decline
          </button>
          <button type="button" class="btn quiet" onClick={() => question.answer('cancel')}>
            Dismiss
          </button>
        </div>
      </div>
    </div>
  );
}

function SamplingCard({ question }: Of<'sampling'>) {
  const [text, setText] = useState('');
  const { messages, systemPrompt, maxTokens } = question.params;
  return (
    <div class="box ask-box" role="group" aria-label="The server asks a model">
      <Head title="The server asks a model: you are it" note={`sampling · ${maxTokens} tokens`} />
      <div class="card-b">
        {systemPrompt !== undefined && <p class="sm s">{systemPrompt.slice(0, 5_000)}</p>}
        {messages.slice(-20).map(({ role, content }, index) => (
          <div class="message" key={index}>
            <h3>{role}</h3>
            {[content].flat().map((block, at) =>
              block.type === 'text' ? (
                <p key={at} class="asked">
                  {block.text.slice(0, 20_000)}
                </p>
              ) : (
                <Json key={at} value={block} label="Message" />
              ),
            )}
          </div>
        ))}
        <TextAnswer
          id={`sampling-${question.id}`}
          label="Your answer"
          rows={4}
          text={text}
          onText={setText}
          onAnswer={() => question.answer(text)}
          other="Refuse"
          onOther={() => question.refuse()}
        />
        <Section title="The whole request">
          <Json value={question.params} label="Request" />
        </Section>
      </div>
    </div>
  );
}

function RootsCard({ question }: Of<'roots'>) {
  const [text, setText] = useState('file:///tmp/example');
  const uris = text.split('\n').flatMap((line) => line.trim() || []);
  return (
    <div class="box ask-box" role="group" aria-label="The server asks for roots">
      <Head title="The server asks for your roots" note="roots" />
      <div class="card-b">
        <TextAnswer
          id={`roots-${question.id}`}
          label="URIs"
          note="one a line, file:///…"
          isCode
          rows={3}
          text={text}
          onText={setText}
          onAnswer={() => question.answer(uris)}
          other="None"
          onOther={() => question.answer([])}
        />
      </div>
    </div>
  );
}

/** A text of the user as the answer, or another button. */
function TextAnswer({
  id,
  label,
  note,
  isCode = false,
  rows,
  text,
  onText,
  onAnswer,
  other,
  onOther,
}: {
  readonly id: string;
  readonly label: string;
  readonly note?: string;
  readonly isCode?: boolean;
  readonly rows: number;
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly onAnswer: () => void;
  readonly other: string;
  readonly onOther: () => void;
}) {
  return (
    <>
      <div class="f">
        <div class="lb">
          <label for={id}>{label}</label>
          {note !== undefined && <span class="ty">{note}</span>}
        </div>
        <textarea
          id={id}
          class={isCode ? 'in mono' : 'in'}
          rows={rows}
          value={text}
          onInput={(event) => onText(event.currentTarget.value)}
        />
      </div>
      <div class="row-f wrap">
        <button type="button" class="btn pri" onClick={onAnswer}>
          Answer and continue
        </button>
        <button type="button" class="btn" onClick={onOther}>
          {other}
        </button>
      </div>
    </>
  );
}
