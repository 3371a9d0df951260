import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { resolveOptional } from '../../request/resolve-optional.js';
import {
  RefusalResponder,
  type RefusalAnswer,
  BearerRefusalResponder,
} from '../../access/refusal-responder.js';
import type { Refusal } from '../../access/refusal.js';
import type { CallToolResult } from '@modelcontextprotocol/server';
import type { AccessRefusedError } from '../../access/access.errors.js';
import { toToolFailure } from './handler-failure.js';

/** Turns refusals into answers, in the words of the authentication module, if there is one. */
@Injectable()
export class McpRefusals {
  private known: RefusalResponder | undefined;

  constructor(private readonly moduleRef: ModuleRef) {}

  /** @param path of the endpoint that was asked */
  answer(refusal: Refusal, path: string): RefusalAnswer {
    // Looked up late: the authentication module is another one.
    this.known ??=
      resolveOptional(this.moduleRef, RefusalResponder) ?? new BearerRefusalResponder();
    return this.known.answer(refusal, path);
  }
}

/**
 * The result of a call that was refused within the protocol. A client that is to let its user verify
 * once more gets what it would get over HTTP, as data: Clerk's components act on that.
 */
export function refusedCall(
  error: AccessRefusedError,
  { definition }: { readonly definition: { readonly outputSchema?: unknown } },
  { refusals, path }: { readonly refusals: McpRefusals; readonly path: string },
): CallToolResult {
  const failure = toToolFailure(error);
  if (error.refusal.reason !== 'reverification') return failure;
  const { body } = refusals.answer(error.refusal, path);
  return {
    ...failure,
    content: [...failure.content, { type: 'text', text: JSON.stringify(body) }],
    // Clients of the older revisions hold it against the output schema, failure or not.
    ...(!definition.outputSchema && { structuredContent: { ...body } }),
  };
}
