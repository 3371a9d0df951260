import { isDeepStrictEqual } from 'node:util';
import {
  isCallToolResult,
  isInputRequiredResult,
  isSpecType,
  type CallToolResult,
  type InputRequiredResult,
} from '@modelcontextprotocol/server';
import { isJsonObject } from '../../request/json-object.js';
import { andThen, type MaybePromise } from '../../request/value-or-promise.js';
import { validate, type McpSchema, type Validation } from '../authoring/schema.js';
import { assertNoBrokenBlock } from './broken-blocks.js';
import { InvalidToolOutputError } from './invocation.errors.js';
import { toSendableJson } from './sendable.js';

/**
 * Converts what a handler returned to a result. With an `output` schema the value is validated and
 * becomes `structuredContent` beside its JSON text; fields that the schema does not know are
 * dropped.
 *
 * @throws {InvalidToolOutputError} the value does not match the schema that the tool declares
 * @throws {UnsendableResultError} JSON cannot express the value
 */
export async function toToolResult(
  source: string,
  output: McpSchema | undefined,
  returned: unknown,
): Promise<CallToolResult | InputRequiredResult> {
  if (isInputRequiredResult(returned)) return writable(source, returned);
  if (isWholeResult(returned, output)) {
    if (!output) return writable(source, returned);
    if (returned.isError === true) return readableError(source, output, returned);
    const { value } = await validated(source, output, returned);
    return writable(source, { ...returned, structuredContent: value });
  }
  if (!output) {
    if (isContent(returned)) return { content: writable(source, returned) };
    assertNoBrokenBlock(source, returned);
  }
  return toValueResult(source, output, returned);
}

/**
 * Converts a value to a result. It is data in any case: a value that looks like a result or like
 * content of the protocol is not taken for one.
 *
 * @throws {InvalidToolOutputError} the value does not match the schema that the tool declares
 * @throws {UnsendableResultError} JSON cannot express the value
 */
export async function toValueResult(
  source: string,
  output: McpSchema | undefined,
  returned: unknown,
): Promise<CallToolResult> {
  if (output) {
    const { value, json } = await validated(source, output, { structuredContent: returned });
    return { content: [text(json)], structuredContent: value };
  }
  const { value, json } = toJson(source, returned) ?? NOTHING;
  if (value === null) return { content: [] };
  if (typeof value === 'string') return { content: [text(value)] };
  const content = [text(json)];
  return isJsonObject(value) ? { content, structuredContent: value } : { content };
}

/**
 * The same for a call on the fast path: a structured value stays JSON text, which is written as it
 * is.
 *
 * @throws {InvalidToolOutputError} @throws {UnsendableResultError}
 */
export function toFastPathResult(
  source: string,
  output: McpSchema | undefined,
  returned: unknown,
): MaybePromise<ToolOutcome> {
  const isResult = isInputRequiredResult(returned) || isWholeResult(returned, output);
  if (isResult || (!output && isContent(returned))) return toToolResult(source, output, returned);
  if (!output) assertNoBrokenBlock(source, returned);
  return toFastPathValue(source, output, returned, toToolResult);
}

/** The same for a value that is data in any case, see {@link toValueResult}. */
export function toFastPathValue(
  source: string,
  output: McpSchema | undefined,
  value: unknown,
  otherwise: typeof toToolResult = toValueResult,
): MaybePromise<ToolOutcome> {
  const validation = output ? validate(output, value) : ({ ok: true, value } as const);
  return andThen<Validation, ToolOutcome>(
    validation,
    (known) => toStructured(source, known) ?? otherwise(source, output, value),
  );
}

/** `undefined` for a value that is not an object, and for `__proto__`, which the SDK drops. */
function toStructured(source: string, validation: Validation): StructuredResult | undefined {
  const json = validation.ok && toSendableJson(source, validation.value);
  return json && json.startsWith('{') && !json.includes('__proto__')
    ? new StructuredResult(json)
    : undefined;
}

type Content = CallToolResult['content'];

const text = (value: string): Content[number] => ({ type: 'text', text: value });

/**
 * Whether the handler built the result itself: an object with `content` blocks. With an output
 * schema, it must also have `structuredContent` or `isError`; else it is the value that the schema
 * declares. A value with an empty list of that name and fields of its own is a value as well.
 */
function isWholeResult(value: unknown, output: McpSchema | undefined): value is CallToolResult {
  if (!isJsonObject(value) || !Array.isArray(value['content'])) return false;
  if (output && !('structuredContent' in value) && value['isError'] !== true) return false;
  if (value['content'].length === 0 && !Object.keys(value).every((key) => OF_RESULT.has(key))) {
    return false;
  }
  return isCallToolResult(value);
}

/** The members of a result. */
const OF_RESULT: ReadonlySet<string> = new Set([
  'content',
  'structuredContent',
  'isError',
  '_meta',
  'resultType',
]);

async function validated(
  source: string,
  output: McpSchema,
  { structuredContent }: { readonly structuredContent?: unknown },
) {
  const validation = await validate(output, structuredContent);
  if (!validation.ok) throw new InvalidToolOutputError(source, validation.issues);
  const serialized = toJson(source, validation.value);
  if (!serialized) {
    throw new InvalidToolOutputError(source, [{ path: '', message: 'it is not a JSON value' }]);
  }
  // The protocol allows any JSON value here; the type of the SDK still says object.
  const value = serialized.value as CallToolResult['structuredContent'] & {};
  return { value, json: serialized.json };
}

/**
 * Clients check the structured content of an error as well, and drop the whole result where it does not
 * match the output schema. Other content becomes JSON text.
 *
 * @throws {UnsendableResultError} JSON cannot express the result
 */
async function readableError(
  source: string,
  output: McpSchema,
  result: CallToolResult,
): Promise<CallToolResult> {
  const { structuredContent, ...rest } = writable(source, result);
  if (structuredContent === undefined) return result;
  const json = JSON.stringify(structuredContent);
  const validation = await validate(output, structuredContent);
  const known = validation.ok ? toJson(source, validation.value) : undefined;
  const kept = known && { structuredContent: known.value as typeof structuredContent };
  const isComplete = known !== undefined && isDeepStrictEqual(known.value, JSON.parse(json));
  const isTold = rest.content.some((block) => block.type === 'text' && block.text === json);
  const content = isComplete || isTold ? rest.content : [...rest.content, text(json)];
  return { ...rest, content, ...kept };
}

interface Serialized {
  readonly value: unknown;
  readonly json: string;
}

const NOTHING: Serialized = { value: null, json: 'null' };

/**
 * A value after a round trip through JSON, with its text: instances of classes become plain
 * objects, dates become text. `undefined` for a value that is nothing.
 */
function toJson(source: string, value: unknown): Serialized | undefined {
  const json = toSendableJson(source, value);
  return json === undefined ? undefined : { value: JSON.parse(json), json };
}

function isContent(value: unknown): value is Content {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((block: unknown) => isSpecType.ContentBlock(block))
  );
}

/**
 * A result of one JSON object and its text, kept as JSON: the fast path writes it without building
 * the object.
 */
export class StructuredResult {
  /** @param json text of an object, as `JSON.stringify` writes it */
  constructor(readonly json: string) {}

  /** The same result in the form of the protocol. */
  toCallToolResult(): CallToolResult {
    return {
      content: [{ type: 'text', text: this.json }],
      structuredContent: JSON.parse(this.json),
    };
  }
}

/** The result of a call of a tool, before it is written. */
export type ToolOutcome = CallToolResult | InputRequiredResult | StructuredResult;

/** An outcome in the form of the protocol. */
export function toWireResult<R>(outcome: R | StructuredResult): R | CallToolResult {
  return outcome instanceof StructuredResult ? outcome.toCallToolResult() : outcome;
}

/**
 * Returns the value if JSON can express it. Otherwise the error would only occur when the answer is
 * sent, and the client would never get one.
 *
 * @param source class and method of the handler, for the error
 * @throws {UnsendableResultError}
 */
export function writable<T>(source: string, value: T): T {
  toSendableJson(source, value);
  return value;
}

/** Whether JSON can be written of a value. */
export function isWritable(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}
