import {
  isInputRequiredResult,
  isSpecType,
  type GetPromptResult,
  type InputRequiredResult,
} from '@modelcontextprotocol/server';
import { InvalidPromptResultError } from './invalid-prompt-result.error.js';
import { writable } from './writable.js';

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
