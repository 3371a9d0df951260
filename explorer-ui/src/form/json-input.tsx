import { Icon } from '../parts/icon.js';
import type { Problem, Reading } from '../schema/draft.js';

/** The arguments as text, for what no form can show. */
export function JsonInput({
  json,
  problems,
  onInput,
}: {
  readonly json: string;
  readonly problems: readonly Problem[];
  readonly onInput: (json: string) => void;
}) {
  return (
    <div class="f">
      <textarea
        class="in mono"
        rows={14}
        spellcheck={false}
        aria-label="Arguments as JSON"
        aria-invalid={problems.length > 0 || undefined}
        value={json}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      {problems.map(({ message }) => (
        <p class="bad" key={message}>
          <Icon name="warn" small />
          <span>{message}</span>
        </p>
      ))}
    </div>
  );
}

/** The arguments of the text, and what is wrong with it, in words. */
export function readJson(text: string): Reading {
  try {
    const value: unknown = JSON.parse(text || '{}');
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return { value, problems: isObject ? [] : [{ path: '', message: 'Arguments are an object.' }] };
  } catch (error) {
    const message = `This is not JSON: ${error instanceof Error ? error.message : ''}`;
    return { value: {}, problems: [{ path: '', message }] };
  }
}

/** The value of the text; an object without members if it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
