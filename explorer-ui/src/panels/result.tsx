import { Scroll } from '../parts/scroll.js';
import { useMemo } from 'preact/hooks';
import { Icon } from '../parts/icon.js';
import { Code, Json } from '../parts/json.js';
import { safeUrl, Section } from '../parts/small.js';
import { fieldsOf, isSchema, type Field } from '../schema/field.js';
import { go, hrefOf } from '../state/explorer.js';

type Result = Readonly<Record<string, unknown>>;
type Block = Readonly<Record<string, unknown>>;

export function structuredOf(result: Result): unknown {
  return result['structuredContent'];
}

/** What a server has answered. Nothing of it is markup: names, texts and links may be hostile. */
export function ResultView({
  result,
  schema,
}: {
  readonly result: Result;
  readonly schema?: unknown;
}) {
  const structured = structuredOf(result);
  if (result['resultType'] === 'task') return <TaskStarted result={result} />;
  if (structured !== undefined && structured !== null) {
    return (
      <>
        {result['isError'] === true && <ToolError />}
        <Structured value={structured} schema={schema} />
      </>
    );
  }
  return <ResultText result={result} />;
}

/** The content of a result, as it is without structure. */
export function ResultText({ result }: { readonly result: Result }) {
  const { content, contents, messages, description } = result;
  const blocks = [content, contents].find(Array.isArray) as readonly unknown[] | undefined;
  return (
    <>
      {result['isError'] === true && <ToolError />}
      {typeof description === 'string' && <p class="sm s">{description}</p>}
      {blocks?.slice(0, MAX_BLOCKS).map((block, index) => (
        <BlockView key={index} block={isSchema(block) ? block : {}} />
      ))}
      {blocks && blocks.length > MAX_BLOCKS && (
        <p class="sm m">
          {blocks.length - MAX_BLOCKS} more are left out; the wire has the whole answer.
        </p>
      )}
      {blocks?.length === 0 && <p class="sm m">The answer is empty.</p>}
      {Array.isArray(messages) &&
        messages
          .slice(0, MAX_BLOCKS)
          .map((message: unknown, index) => (
            <MessageView key={index} message={isSchema(message) ? message : {}} />
          ))}
      {!blocks && !Array.isArray(messages) && <Json value={result} label="Result" />}
    </>
  );
}

const MAX_BLOCKS = 100;

function ToolError() {
  return (
    <div class="note v-err">
      <Icon name="warn" />
      <span>
        The tool answered an error (<code>isError</code>). The call itself was allowed.
      </span>
    </div>
  );
}

function TaskStarted({ result }: { readonly result: Result }) {
  return (
    <div class="note v-info">
      <Icon name="task" />
      <span class="grow">
        The call has become a task: <code>{String(result['taskId'])}</code>
      </span>
      <a class="btn sm" href={hrefOf('tasks', String(result['taskId']))}>
        Follow it
      </a>
    </div>
  );
}

function MessageView({ message }: { readonly message: Block }) {
  const { role, content } = message;
  return (
    <div class="box message">
      <h3>{String(role).slice(0, 40)}</h3>
      {[content].flat().map((block, index) => (
        <BlockView key={index} block={isSchema(block) ? block : {}} />
      ))}
    </div>
  );
}

function BlockView({ block }: { readonly block: Block }) {
  const { type, text, data, mimeType, uri, blob, resource } = block;
  if (isSchema(resource)) return <BlockView block={resource} />;
  if (typeof text === 'string') {
    return (
      <figure>
        {typeof uri === 'string' && <figcaption class="xs m mono">{uri}</figcaption>}
        <TextBlock text={text} mimeType={mimeType} />
      </figure>
    );
  }
  const bytes = typeof data === 'string' ? data : blob;
  if (typeof bytes === 'string') {
    return <Binary bytes={bytes} mimeType={mimeType} name={uri ?? type} />;
  }
  if (typeof uri === 'string') return <ResourceLink block={block} uri={uri} />;
  return <Json value={block} label="Content" />;
}

function TextBlock({ text, mimeType }: { readonly text: string; readonly mimeType: unknown }) {
  const isJson = String(mimeType).includes('json') || /^\s*[{[]/.test(text.slice(0, 20));
  const written = useMemo(() => (isJson ? indented(text) : undefined), [text, isJson]);
  return <Code text={written ?? text} label="Text" json={written !== undefined} />;
}

function indented(text: string): string | undefined {
  if (text.length > 500_000) return undefined;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return undefined;
  }
}

/** Images and sounds of known kinds are shown; anything else is a file to save. */
function Binary({
  bytes,
  mimeType,
  name,
}: {
  readonly bytes: string;
  readonly mimeType: unknown;
  readonly name: unknown;
}) {
  const kind = String(mimeType);
  const isBase64 = /^[A-Za-z0-9+/=_\s-]*$/.test(bytes.slice(0, 1_000));
  const source = `data:${kind};base64,${bytes}`;
  if (isBase64 && /^image\/(png|jpeg|gif|webp|avif|svg\+xml)$/.test(kind)) {
    return (
      <figure class="media">
        <img src={source} alt={`Image of the answer: ${kind}`} />
        <figcaption class="xs m">{kind}</figcaption>
      </figure>
    );
  }
  if (isBase64 && /^audio\/[\w.+-]+$/.test(kind)) {
    return (
      <figure class="media">
        <audio controls src={source} aria-label={`Sound of the answer: ${kind}`} />
        <figcaption class="xs m">{kind}</figcaption>
      </figure>
    );
  }
  const save = (): void => {
    const octets = Uint8Array.from(atob(bytes.replace(/\s/g, '')), (one) => one.charCodeAt(0));
    const url = URL.createObjectURL(new Blob([octets]));
    const link = document.createElement('a');
    link.href = url;
    link.download = String(name).split('/').pop() || 'file';
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  return (
    <p class="row-f sm">
      <span class="el">
        {kind}, {Math.round((bytes.length * 3) / 4)} bytes
      </span>
      <button type="button" class="btn sm" disabled={!isBase64} onClick={save}>
        Save as file
      </button>
    </p>
  );
}

function ResourceLink({ block, uri }: { readonly block: Block; readonly uri: string }) {
  const { title, name, description } = block;
  const href = safeUrl(uri);
  return (
    <div class="box card-b">
      <b>{String(title ?? name ?? uri).slice(0, 300)}</b>
      <code class="sm">{uri.slice(0, 2_000)}</code>
      {typeof description === 'string' && <p class="sm s">{description.slice(0, 2_000)}</p>}
      <div class="row-f wrap">
        <button type="button" class="btn sm" onClick={() => go('resources', uri)}>
          Read it here
        </button>
        {href !== undefined && (
          <a class="btn sm quiet" href={href} target="_blank" rel="noopener noreferrer nofollow">
            Open
            <Icon name="ext" small />
          </a>
        )}
      </div>
    </div>
  );
}

/** Structured content as a table, with what the schema calls each member. */
function Structured({ value, schema }: { readonly value: unknown; readonly schema: unknown }) {
  const fields = useMemo(() => (schema === undefined ? undefined : fieldsOf(schema)), [schema]);
  const rows = useMemo(() => rowsOf(value, fields ?? [], 0), [value, fields]);
  if (!isSchema(value)) return <Json value={value} label="Structured content" />;
  return (
    <>
      <Scroll label="Structured content" class="tw">
        <table class="pt">
          <caption class="vh">Structured content</caption>
          <tbody>
            {rows.slice(0, MAX_ROWS).map(({ depth, name, value: shown, type, isCode }, index) => (
              <tr key={index} class={depth > 0 ? `sub-r d${Math.min(depth, 4)}` : undefined}>
                <th scope="row">{name.slice(0, 100)}</th>
                <td>
                  <Value text={shown} isCode={isCode} />
                </td>
                <td>{type.slice(0, 60)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {rows.length > MAX_ROWS && (
        <p class="sm m">{rows.length - MAX_ROWS} more rows are left out: see JSON.</p>
      )}
      <Section title="JSON">
        <Json value={value} label="Structured content as JSON" />
      </Section>
      {schema !== undefined && (
        <Section title="Output schema" note="the client has checked the answer against it">
          <Json value={schema} label="Output schema" />
        </Section>
      )}
    </>
  );
}

const MAX_ROWS = 300;
const MAX_DEPTH = 4;

interface Row {
  readonly depth: number;
  readonly name: string;
  readonly value: string;
  readonly type: string;
  readonly isCode: boolean;
}

function rowsOf(value: unknown, fields: readonly Field[], depth: number): readonly Row[] {
  if (!isSchema(value)) return [];
  return Object.entries(value)
    .slice(0, MAX_ROWS)
    .flatMap(([name, member]): readonly Row[] => {
      const field = fields.find((one) => one.name === name);
      const type = field?.type ?? typeName(member);
      if (isSchema(member) && depth < MAX_DEPTH) {
        const inner = field?.shape.kind === 'object' ? field.shape.fields : [];
        const head = { depth, name, value: '', type, isCode: false };
        return [head, ...rowsOf(member, inner, depth + 1)];
      }
      return [{ depth, name, ...valueOf(member), type }];
    });
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return `list of ${value.length}`;
  return value === null ? 'null' : typeof value;
}

function valueOf(value: unknown): { readonly value: string; readonly isCode: boolean } {
  if (typeof value === 'string') return { value, isCode: false };
  if (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string')) {
    return { value: value.join(', '), isCode: false };
  }
  return { value: JSON.stringify(value) ?? '', isCode: true };
}

function Value({ text, isCode }: { readonly text: string; readonly isCode: boolean }) {
  const shown = text.length > 2_000 ? `${text.slice(0, 2_000)}… (${text.length} characters)` : text;
  const href = safeUrl(text);
  if (href !== undefined && !isCode) {
    return (
      <a class="lnk" href={href} target="_blank" rel="noopener noreferrer nofollow">
        {shown}
      </a>
    );
  }
  return isCode ? <code class="n">{shown}</code> : <>{shown}</>;
}
