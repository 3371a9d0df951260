import { hash } from 'node:crypto';
import type { InputRequiredResult } from '@modelcontextprotocol/server';
import { PageRequiredError } from '../../request/request.errors.js';
import { takesPages } from '../authoring/input-rounds.js';
import type { McpContext } from '../authoring/mcp-context.js';

/**
 * The question with which the client opens the page that an error names. It is asked once: where the
 * client has answered, and the handler throws the error again, the call fails.
 *
 * @returns `undefined` for other errors, and where the client cannot open pages
 */
export function askForPage(
  error: unknown,
  context: McpContext,
): Promise<InputRequiredResult> | undefined {
  if (!(error instanceof PageRequiredError) || !takesPages(context.clientCapabilities)) {
    return undefined;
  }
  const { request, url } = error;
  // Without the URL, which may be a new one each time.
  const key = `nestjs-clerk-mcp/page-${hash('sha256', request, 'base64url').slice(0, KEY_LENGTH)}`;
  if (context.answer(key).kind !== 'missing') return undefined;
  return context.ask({ [key]: { page: { message: request, url } } }, context.state());
}

/** Characters. */
const KEY_LENGTH = 16;
