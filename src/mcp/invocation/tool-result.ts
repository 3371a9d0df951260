import {
  isCallToolResult,
  isInputRequiredResult,
  isSpecType,
  type CallToolResult,
  type InputRequiredResult,
} from '@modelcontextprotocol/server';
import { andThen, type MaybePromise } from '../../request/value-or-promise.js';
import { validate, type McpSchema, type Validation } from '../authoring/schema.js';
import { isJsonObject } from '../../request/json-object.js';
import { InvalidToolOutputError } from '../mcp.errors.js';

/**
 * What a handler returned, as a result on the wire. With an `output` schema the value is validated and
 * becomes `structuredContent` beside its JSON text; fields that the schema does not know are dropped.
 *
 * @throws {InvalidToolOutputError} the value does not fit the schema that the tool declares
 * @throws {TypeError} JSON cannot write it
 */
export async function toToolResult(
  source: string,
  output: McpSchema | undefined,
  returned: unknown,
): Promise<CallToolResult | InputRequiredResult> {
  if (isInputRequiredResult(returned)) return writable(returned);
  if (isWholeResult(returned, output)) {
    if (!output || returned.isError === true) return writable(returned);
    const { value } = await validated(source, output, returned);
    return writable({ ...returned, structuredContent: value });
  }
  if (output) {
    const { value, json } = await validated(source, output, { structuredContent: returned });
    return { content: [text(json)], structuredContent: value };
  }
  if (isContent(returned)) return { content: writable(returned) };
  const { value, json } = toJson(returned) ?? NOTHING;
  if (value === null) return { content: [] };
  if (typeof value === 'string') return { content: [text(value)] };
  const content = [text(json)];
  return isJsonObject(value) ? { content, structuredContent: value } : { content };
}

/**
 * The same, for an answer that is written without the SDK: a value that a schema declares stays JSON.
 *
 * @throws {InvalidToolOutputError}
 */
export function toDirectResult(
  source: string,
  output: McpSchema | undefined,
  returned: unknown,
): MaybePromise<ToolOutcome> {
  const inForm = isInputRequiredResult(returned) || isWholeResult(returned, output);
  if (inForm || (!output && isContent(returned))) return toToolResult(source, output, returned);
  const validation = output ? validate(output, returned) : ({ ok: true, value: returned } as const);
  return andThen<Validation, ToolOutcome>(
    validation,
    (known) => toStructured(known) ?? toToolResult(source, output, returned),
  );
}

/** Anything but an object is for the other way to judge, and the SDK drops this key. */
function toStructured(validation: Validation): StructuredResult | undefined {
  const json: string | undefined | false = validation.ok && JSON.stringify(validation.value);
  return json && json.startsWith('{') && !json.includes('__proto__')
    ? new StructuredResult(json)
    : undefined;
}

type Content = CallToolResult['content'];

const text = (value: string): Content[number] => ({ type: 'text', text: value });

/**
 * A handler may build the result itself: an object with `content` blocks. Where a schema declares the
 * value, an object is that value unless it says `structuredContent` or `isError`.
 */
function isWholeResult(value: unknown, output: McpSchema | undefined): value is CallToolResult {
  if (!isJsonObject(value) || !Array.isArray(value['content'])) return false;
  if (output && !('structuredContent' in value) && value['isError'] !== true) return false;
  return isCallToolResult(value);
}

async function validated(
  source: string,
  output: McpSchema,
  { structuredContent }: { readonly structuredContent?: unknown },
) {
  const validation = await validate(output, structuredContent);
  if (!validation.ok) throw new InvalidToolOutputError(source, validation.issues);
  const serialized = toJson(validation.value);
  if (!serialized) {
    throw new InvalidToolOutputError(source, [{ path: '', message: 'it is no JSON value' }]);
  }
  // The wire takes any JSON value here; the type of the SDK still says object.
  const value = serialized.value as CallToolResult['structuredContent'] & {};
  return { value, json: serialized.json };
}

interface Serialized {
  readonly value: unknown;
  readonly json: string;
}

const NOTHING: Serialized = { value: null, json: 'null' };

/**
 * What JSON makes of a value, beside its text: instances of classes become plain objects, dates become
 * text. `undefined` for a value that JSON has not.
 */
function toJson(value: unknown): Serialized | undefined {
  const json: string | undefined = JSON.stringify(value);
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
 * A result that is one JSON object and its text, kept as JSON: what answers directly need not build
 * the object, and writes it once.
 */
export class StructuredResult {
  /** @param json text of an object, as `JSON.stringify` writes it */
  constructor(readonly json: string) {}

  /** The same as the protocol has it. */
  toCallToolResult(): CallToolResult {
    return {
      content: [{ type: 'text', text: this.json }],
      structuredContent: JSON.parse(this.json),
    };
  }
}

/** What a call of a tool resolves to. */
export type ToolOutcome = CallToolResult | InputRequiredResult | StructuredResult;

/** An outcome as the protocol has it. */
export function toWireResult<R>(outcome: R | StructuredResult): R | CallToolResult {
  return outcome instanceof StructuredResult ? outcome.toCallToolResult() : outcome;
}

/**
 * The same value, which JSON can write. What it cannot would be found out when the answer is sent, and
 * the client would wait for it for ever.
 *
 * @throws {TypeError} for a bigint or a circle in it
 */
export function writable<T>(value: T): T {
  JSON.stringify(value);
  return value;
}

/** Whether JSON can write a value. */
export function isWritable(value: unknown): boolean {
  try {
    writable(value);
    return true;
  } catch {
    return false;
  }
}
