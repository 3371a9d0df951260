import { Scroll } from './scroll.js';
import { useMemo } from 'preact/hooks';
import { bytesInWords } from './small.js';

/** Characters that are put on the page. */
const MAX_SHOWN = 200_000;

/** A value as JSON: keys and numbers are told apart by colour. Everything is text, nothing is markup. */
export function Json({
  value,
  label = 'JSON',
}: {
  readonly value: unknown;
  readonly label?: string;
}) {
  const text = useMemo(() => write(value), [value]);
  return <Code text={text} label={label} json />;
}

/** Text in one width; the start of it, if it is long. */
export function Code({
  text,
  label,
  json = false,
  wrap = true,
}: {
  readonly text: string;
  readonly label: string;
  readonly json?: boolean;
  readonly wrap?: boolean;
}) {
  const shown = text.slice(0, MAX_SHOWN);
  const parts = useMemo(
    () => (json && shown.length < 50_000 ? colored(shown) : shown),
    [shown, json],
  );
  return (
    <>
      <Scroll label={label} class={wrap ? 'code wrap' : 'code'}>
        <pre>{parts}</pre>
      </Scroll>
      {text.length > MAX_SHOWN && <TooLarge text={text} />}
    </>
  );
}

function TooLarge({ text }: { readonly text: string }) {
  const save = (): void => {
    const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = 'result.txt';
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  return (
    <p class="row-f sm too-large">
      <span>
        {bytesInWords(text.length)} of text: the first {bytesInWords(MAX_SHOWN)} are shown.
      </span>
      <button type="button" class="btn sm" onClick={save}>
        Save as file
      </button>
    </p>
  );
}

function write(value: unknown): string {
  try {
    return JSON.stringify(value, null, 2) ?? String(value);
  } catch {
    return String(value);
  }
}

/** Members and numbers of JSON text that `JSON.stringify` has written. */
function colored(text: string) {
  return text.split('\n').map((line, index) => {
    const [, indent = '', key, rest = ''] = /^(\s*)("(?:[^"\\]|\\.)*": )?(.*)$/.exec(line) ?? [];
    const isPlain = /^(-?\d[\d.eE+-]*|true|false|null),?$/.test(rest);
    return (
      <span key={index}>
        {index > 0 && '\n'}
        {indent}
        {key !== undefined && <span class="k">{key}</span>}
        {isPlain ? <span class="n">{rest}</span> : rest}
      </span>
    );
  });
}
