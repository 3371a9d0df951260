import {
  ResourceNotFoundError,
  isInputRequiredResult,
  isSpecType,
  type InputRequiredResult,
  type ReadResourceResult,
  type GetPromptResult,
} from '@modelcontextprotocol/server';
import { writable } from './tool-result.js';
import { InvalidPromptResultError } from '../mcp.errors.js';

/**
 * What a handler returned, as the contents of a resource: text, bytes (become base64), contents as the
 * protocol has them, or any JSON value. Nothing at all means that there is no such resource.
 *
 * @throws {ResourceNotFoundError} for `undefined` and `null`
 * @throws {TypeError} for what JSON cannot write
 */
export function toReadResult(
  returned: unknown,
  { uri, mimeType }: { readonly uri: string; readonly mimeType: string | undefined },
): ReadResourceResult | InputRequiredResult {
  if (returned === undefined || returned === null) throw new ResourceNotFoundError(uri);
  if (isInputRequiredResult(returned) || isSpecType.ReadResourceResult(returned))
    return writable(returned);
  const about = { uri, ...(mimeType !== undefined && { mimeType }) };
  if (typeof returned === 'string') return { contents: [{ ...about, text: returned }] };
  if (returned instanceof Uint8Array) {
    return { contents: [{ ...about, blob: Buffer.from(returned).toString('base64') }] };
  }
  if (isContents(returned)) return { contents: writable(returned) };
  const text = JSON.stringify(returned);
  return { contents: [{ uri, mimeType: mimeType ?? 'application/json', text }] };
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
 * What a handler returned, as a prompt: text becomes one message of the user; messages and whole
 * results go through as they are.
 *
 * @throws {InvalidPromptResultError} anything else
 * @throws {TypeError} what JSON cannot write
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
    return writable(returned);
  }
  if (isMessages(returned)) return { ...about, messages: writable(returned) };
  throw new InvalidPromptResultError(source);
}

function isMessages(value: unknown): value is GetPromptResult['messages'] {
  return (
    Array.isArray(value) && value.every((message: unknown) => isSpecType.PromptMessage(message))
  );
}
