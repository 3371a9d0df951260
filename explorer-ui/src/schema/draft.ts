import type { Field } from './field.js';

/**
 * What somebody has filled in: as the value itself, but numbers and JSON as their text, and a union with the
 * alternative that was chosen. `undefined` is not set.
 */
export type Draft = unknown;

/** Text that is to be read as JSON, or as a number. */
export class Text {
  constructor(readonly text: string) {}
}

/** A chosen alternative. */
export class Chosen {
  constructor(
    readonly option: number,
    readonly draft: Draft,
  ) {}
}

/** What a form begins with: defaults of the schema, and what has one value only. */
export function initialDraft(field: Field): Draft {
  const { schema, shape, required } = field;
  if (shape.kind === 'const') return shape.value;
  if ('default' in schema) return draftOf(field, schema['default']);
  if (!required) return undefined;
  switch (shape.kind) {
    case 'object':
      return Object.fromEntries(shape.fields.map((one) => [one.name, initialDraft(one)]));
    case 'union':
      return shape.options[0] && new Chosen(0, initialDraft(shape.options[0]));
    case 'boolean':
      return false;
    case 'list':
      return [];
    default:
      return undefined;
  }
}

/** The draft of a value, such as one that is called with again. */
export function draftOf(field: Field, value: unknown): Draft {
  const { shape } = field;
  if (value === undefined) return shape.kind === 'const' ? shape.value : undefined;
  switch (shape.kind) {
    case 'number':
      return typeof value === 'number' ? new Text(String(value)) : new Text(JSON.stringify(value));
    case 'json':
      return new Text(JSON.stringify(value, null, 2));
    case 'text':
      return typeof value === 'string' ? fromText(field, value) : JSON.stringify(value);
    case 'object': {
      const members = typeof value === 'object' && value !== null ? value : {};
      return Object.fromEntries(
        shape.fields.map((one) => [
          one.name,
          draftOf(
            one,
            Object.hasOwn(members, one.name) ? Reflect.get(members, one.name) : undefined,
          ),
        ]),
      );
    }
    case 'list':
      return Array.isArray(value) ? value.map((item) => draftOf(shape.item, item)) : [];
    case 'union': {
      const index = Math.max(
        0,
        shape.options.findIndex(
          (option) => readDraft(option, draftOf(option, value)).problems.length === 0,
        ),
      );
      const option = shape.options[index];
      return option && new Chosen(index, draftOf(option, value));
    }
    default:
      return value;
  }
}

/** A date-time field of a browser has neither a zone nor a fraction. */
function fromText({ shape }: Field, value: string): string {
  if (shape.kind !== 'text' || shape.input !== 'datetime-local') return value;
  const time = new Date(value);
  if (Number.isNaN(time.getTime())) return value;
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** What is wrong, with the path of the field: `reminder.at`. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

export interface Reading {
  /** `undefined` if nothing is set. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
}

/** The value of a draft, and what is wrong with it, in words. */
export function readDraft(field: Field, draft: Draft, path = ''): Reading {
  const { shape, required } = field;
  if (shape.kind === 'const') return { value: required ? shape.value : draft, problems: [] };
  if (draft === undefined || (draft instanceof Text && draft.text.trim() === '')) {
    if (!required) return NOTHING;
    return shape.kind === 'object' ? readObject(field, {}, path) : missing(path);
  }
  switch (shape.kind) {
    case 'number':
      return readNumber(field, draft, path);
    case 'json':
      return readJson(draft, path);
    case 'text':
      return readText(field, String(draft), path);
    case 'object':
      return readObject(field, draft, path);
    case 'list':
      return readList(field, draft, path);
    case 'union': {
      const { option = 0, draft: inner } = draft as Chosen;
      const chosen = shape.options[option];
      return chosen ? readDraft({ ...chosen, required: true }, inner, path) : missing(path);
    }
    default:
      return { value: draft, problems: [] };
  }
}

const NOTHING: Reading = { value: undefined, problems: [] };
/** What is said of a value that must be there, and is not. */
export const REQUIRED = 'This is required.';

const missing = (path: string): Reading => wrong(path, REQUIRED);

/** Before somebody has tried to send a form, what is not filled in yet is no problem. */
export function problemsShown(problems: readonly Problem[], isTried: boolean): readonly Problem[] {
  return isTried ? problems : problems.filter(({ message }) => message !== REQUIRED);
}
const wrong = (path: string, message: string, value?: unknown): Reading => ({
  value,
  problems: [{ path, message }],
});

function readNumber({ schema, shape }: Field, draft: Draft, path: string): Reading {
  const text = draft instanceof Text ? draft.text.trim() : String(draft);
  const value = Number(text);
  if (!Number.isFinite(value)) return wrong(path, `“${text}” is not a number.`);
  if (shape.kind === 'number' && shape.integer && !Number.isInteger(value)) {
    return wrong(path, `${text} is not a whole number.`, value);
  }
  const { minimum, maximum, multipleOf } = schema;
  if (typeof minimum === 'number' && value < minimum) {
    return wrong(path, `${text} is too small: at least ${minimum}.`, value);
  }
  if (typeof maximum === 'number' && value > maximum) {
    return wrong(path, `${text} is too large: at most ${maximum}.`, value);
  }
  if (typeof multipleOf === 'number' && multipleOf > 0) {
    const times = value / multipleOf;
    if (Math.abs(times - Math.round(times)) > 1e-9) {
      return wrong(path, `${text} is not a multiple of ${multipleOf}.`, value);
    }
  }
  return { value, problems: [] };
}

function readJson(draft: Draft, path: string): Reading {
  const text = draft instanceof Text ? draft.text : JSON.stringify(draft);
  try {
    return { value: JSON.parse(text), problems: [] };
  } catch (error) {
    return wrong(path, `This is not JSON: ${error instanceof Error ? error.message : ''}`);
  }
}

function readText({ schema, shape, required }: Field, text: string, path: string): Reading {
  if (text === '' && !required) return NOTHING;
  const { minLength, maxLength, pattern } = schema;
  const length = [...text].length;
  if (typeof minLength === 'number' && length < minLength) {
    return wrong(path, `${length} characters so far; at least ${minLength} are needed.`, text);
  }
  if (typeof maxLength === 'number' && length > maxLength) {
    return wrong(path, `${length} characters; at most ${maxLength} are allowed.`, text);
  }
  if (text === '' && required && shape.kind === 'text' && shape.input !== 'text') {
    return missing(path);
  }
  // The pattern of a date with a time is that of the value, which has a zone.
  const isPlain = shape.kind === 'text' && shape.input === 'text';
  if (typeof pattern === 'string' && isPlain && !matches(pattern, text)) {
    return wrong(path, `This does not match ${pattern.slice(0, 100)}.`, text);
  }
  if (shape.kind === 'text' && shape.input === 'url' && !URL.canParse(text)) {
    return wrong(path, 'This is not a URL.', text);
  }
  if (shape.kind === 'text' && shape.input === 'email' && !/^[^@\s]+@[^@\s]+$/.test(text)) {
    return wrong(path, 'This is not an e-mail address.', text);
  }
  if (shape.kind === 'text' && shape.input === 'datetime-local') {
    const time = new Date(text);
    if (Number.isNaN(time.getTime())) return wrong(path, 'This is not a date with a time.', text);
    return { value: time.toISOString(), problems: [] };
  }
  return { value: text, problems: [] };
}

/**
 * A pattern of the server may be wrong, or take for ever: a repeated group that repeats or chooses takes a time
 * that is exponential in the text. The server decides on those.
 */
function matches(pattern: string, text: string): boolean {
  if (text.length > 100 || pattern.length > 500 || NESTED.test(pattern)) return true;
  try {
    return new RegExp(pattern, 'u').test(text);
  } catch {
    return true;
  }
}

/** Such as `(a+)+` and `(a|a)*`. */
const NESTED = /[+*|{][^()]*\)+[+*{]/;

function readObject({ shape }: Field, draft: Draft, path: string): Reading {
  const fields = shape.kind === 'object' ? shape.fields : [];
  const members = Object(draft) as Readonly<Record<string, Draft>>;
  const readings = fields.map((field) => {
    const own = Object.hasOwn(members, field.name) ? members[field.name] : undefined;
    return [
      field.name,
      readDraft(field, own, path ? `${path}.${field.name}` : field.name),
    ] as const;
  });
  const set = readings.filter(([, { value }]) => value !== undefined);
  return {
    value: Object.fromEntries(set.map(([name, { value }]) => [name, value])),
    problems: readings.flatMap(([, { problems }]) => problems),
  };
}

function readList({ schema, shape }: Field, draft: Draft, path: string): Reading {
  const items = Array.isArray(draft) ? (draft as readonly Draft[]) : [];
  if (shape.kind !== 'list') return NOTHING;
  const { item } = shape;
  const readings = items.map((one, index) => readDraft(item, one, `${path}[${index}]`));
  const { minItems, maxItems } = schema;
  const problems = readings.flatMap((one) => one.problems);
  if (typeof minItems === 'number' && items.length < minItems) {
    problems.push({ path, message: `${items.length} so far; at least ${minItems} are needed.` });
  }
  if (typeof maxItems === 'number' && items.length > maxItems) {
    problems.push({ path, message: `${items.length}; at most ${maxItems} are allowed.` });
  }
  return { value: readings.map(({ value }) => value), problems };
}
