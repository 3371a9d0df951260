import {
  ResourceNotFoundError,
  isInputRequiredResult,
  isSpecType,
  type InputRequiredResult,
  type ReadResourceResult,
  type GetPromptResult,
} from '@modelcontextprotocol/server';
import { toBase64 } from '../authoring/content-blocks.js';
import { InvalidPromptResultError } from './invocation.errors.js';
import { toSendableJson } from './sendable.js';
import { writable } from './tool-result.js';

/**
 * Converts what a handler returned to the contents of a resource: text, bytes (as base64), contents
 * in the form of the protocol, or any JSON value. `undefined` and `null` mean that it does not
 * exist.
 *
 * @throws {ResourceNotFoundError} for `undefined` and `null`
 * @throws {InvalidContentError} the bytes are too large
 * @throws {UnsendableResultError} for a value that JSON cannot express
 */
export function toReadResult(
  source: string,
  returned: unknown,
  { uri, mimeType, _meta }: DeclaredContent,
): ReadResourceResult | InputRequiredResult {
  if (returned === undefined || returned === null) throw new ResourceNotFoundError(uri);
  const meta = _meta && { _meta: { ..._meta } };
  const about = { uri, ...(mimeType !== undefined && { mimeType }), ...meta };
  // Before the schemas, which would look at each byte.
  if (returned instanceof Uint8Array) {
    return { contents: [{ ...about, blob: toBase64('resource', returned) }] };
  }
  if (isInputRequiredResult(returned)) return writable(source, returned);
  if (isSpecType.ReadResourceResult(returned)) {
    const result = writable(source, returned);
    // An instance of a class stays one: only the SDK knows how to write it.
    return meta ? { ...result, contents: withMeta(result.contents, uri, meta) } : result;
  }
  if (typeof returned === 'string') return { contents: [{ ...about, text: returned }] };
  if (isContents(returned)) return { contents: withMeta(writable(source, returned), uri, meta) };
  const text = toSendableJson(source, returned) ?? 'null';
  return { contents: [{ ...about, mimeType: mimeType ?? 'application/json', text }] };
}

/** What the decorator of a resource says about its content. */
interface DeclaredContent {
  readonly uri: string;
  readonly mimeType: string | undefined;
  readonly _meta: Readonly<Record<string, unknown>> | undefined;
}

/** Hosts of MCP Apps read the policy of a page from its content. An own `_meta` of it is kept. */
function withMeta(
  contents: Contents,
  uri: string,
  meta: { readonly _meta: Record<string, unknown> } | undefined,
): Contents {
  if (!meta) return contents;
  return contents.map((one) => (one.uri === uri && !one._meta ? { ...one, ...meta } : one));
}

type Contents = ReadResourceResult['contents'];

function isContents(value: unknown): value is Contents {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(
      (entry: unknown) =>
        isSpecType.TextResourceContents(entry) || isSpecType.BlobResourceContents(entry),
    )
  );
}

/**
 * Converts what a handler returned to a prompt: text becomes one message of the user; messages and
 * whole results are kept.
 *
 * @throws {InvalidPromptResultError} anything else
 * @throws {UnsendableResultError} for a value that JSON cannot express
 */
export function toPromptResult(
  source: string,
  description: string | undefined,
  returned: unknown,
): GetPromptResult | InputRequiredResult {
  const about = { ...(description !== undefined && { description }) };
  if (typeof returned === 'string') {
    return { ...about, messages: [{ role: 'user', content: { type: 'text', text: returned } }] };
  }
  if (isInputRequiredResult(returned) || isSpecType.GetPromptResult(returned)) {
    return writable(source, returned);
  }
  if (isMessages(returned)) return { ...about, messages: writable(source, returned) };
  throw new InvalidPromptResultError(source);
}

function isMessages(value: unknown): value is GetPromptResult['messages'] {
  return (
    Array.isArray(value) && value.every((message: unknown) => isSpecType.PromptMessage(message))
  );
}
