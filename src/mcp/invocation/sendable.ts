import { types } from 'node:util';
import { UnsendableResultError } from './invocation.errors.js';

/**
 * The JSON of a value; `undefined` for a value that is nothing.
 *
 * @param source class and method of the handler, for the error
 * @throws {UnsendableResultError} JSON would lose a part of it, such as a Map, a function or NaN
 */
export function toSendableJson(source: string, value: unknown): string | undefined {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (cause) {
    throw unsendable(source, findLoss(value, []) ?? UNKNOWN, cause);
  }
  const loss = findLoss(value, undefined);
  if (loss) throw unsendable(source, loss);
  return json;
}

/** A part of a value that JSON would lose. */
interface Loss {
  /** Names and indexes from the value to the part, the last first. */
  readonly path: (string | number)[];
  /** What it is and what to return instead. */
  readonly problem: string;
}

const UNKNOWN: Loss = { path: [], problem: 'a value that JSON cannot express.' };

function unsendable(source: string, { path, problem }: Loss, cause?: unknown): Error {
  const at = path.toReversed().slice(0, MAX_PATH);
  const text = at.reduce<string>((before, part) => before + step(part, before), '');
  return new UnsendableResultError(source, text, problem, cause === undefined ? {} : { cause });
}

function step(part: string | number, before: string): string {
  if (typeof part === 'number') return `[${part}]`;
  return before ? `.${part}` : part;
}

/** In parts. */
const MAX_PATH = 20;

/**
 * Walks through plain values without allocating. JSON has been written of the value, so that there
 * is no cycle, unless `above` is given.
 *
 * @param above the objects around the value, to find a cycle
 */
function findLoss(value: unknown, above: object[] | undefined): Loss | undefined {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value)
        ? undefined
        : lost(`${value}, which JSON writes as null. Return null or a text instead.`);
    case 'function':
      return lost('a function. Call it, or leave it out.');
    case 'symbol':
      return lost('a symbol. Return a text instead.');
    case 'bigint':
      return lost('a bigint. Return a text instead, such as String(value).');
    case 'object':
      return value === null ? undefined : findLossInObject(value, above);
    default:
      return undefined;
  }
}

function findLossInObject(value: object, above: object[] | undefined): Loss | undefined {
  if (above?.includes(value))
    return lost('an object that contains itself. Return its fields once.');
  above?.push(value);
  const loss = Array.isArray(value)
    ? findLossInItems(value, above)
    : findLossInMembers(value, above);
  above?.pop();
  return loss;
}

function findLossInItems(items: readonly unknown[], above: object[] | undefined): Loss | undefined {
  for (let at = 0; at < items.length; at += 1) {
    const loss = findLoss(items[at], above);
    if (loss) return below(at, loss);
  }
  return undefined;
}

function findLossInMembers(value: object, above: object[] | undefined): Loss | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    const problem = problemOfInstance(value);
    if (problem !== undefined) return lost(problem);
  }
  const { toJSON } = value as { readonly toJSON?: unknown };
  if (typeof toJSON === 'function') return findLossInWritten(value, above);
  const members = value as Readonly<Record<string, unknown>>;
  // Faster than Object.keys(), which allocates a list.
  for (const name in members) {
    if (!Object.hasOwn(members, name)) continue;
    const loss = findLoss(members[name], above);
    if (loss) return below(name, loss);
  }
  return undefined;
}

function findLossInWritten(value: object, above: object[] | undefined): Loss | undefined {
  if (value instanceof Date) {
    return Number.isNaN(value.getTime())
      ? lost('an invalid date, which JSON writes as null. Return null or a text instead.')
      : undefined;
  }
  const written = (value as { toJSON(key: string): unknown }).toJSON('');
  return written === value ? undefined : findLoss(written, above);
}

/** The problem with an instance of a class that JSON does not write as its value. */
function problemOfInstance(value: object): string | undefined {
  if (value instanceof Map) return 'a Map. Return Object.fromEntries(map) or [...map] instead.';
  if (value instanceof Set) return 'a Set. Return [...set] instead.';
  if (value instanceof Error) return 'an Error. Throw it, or return its message.';
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return 'bytes. Return a content block with base64, or a text.';
  }
  if (value instanceof Promise) return 'a Promise. Await it first.';
  if (typeof Reflect.get(value, 'toJSON') === 'function' || types.isBoxedPrimitive(value))
    return undefined;
  if (Symbol.asyncIterator in value || isIterator(value)) {
    return 'a generator or an iterator. Return an array of its values instead.';
  }
  if (Object.keys(value).length > 0 || isPlainElsewhere(value)) return undefined;
  const { name = 'a class' } = Object(value.constructor) as { readonly name?: string };
  return `an instance of ${name} without enumerable fields, which JSON writes as {}. Return its data as a plain object.`;
}

function isIterator(value: object): boolean {
  return Symbol.iterator in value && typeof Reflect.get(value, 'next') === 'function';
}

/** An empty plain object of another realm, such as a `vm` context. */
function isPlainElsewhere(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== null && Object.getPrototypeOf(prototype) === null;
}

function lost(problem: string): Loss {
  return { path: [], problem };
}

function below(part: string | number, loss: Loss): Loss {
  loss.path.push(part);
  return loss;
}
