import type { CallToolResult } from '@modelcontextprotocol/server';
import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { AccessRefusedError } from '../../access/access.errors.js';
import {
  RefusalResponder,
  type RefusalAnswer,
  BearerRefusalResponder,
} from '../../access/refusal-responder.js';
import type { Refusal } from '../../access/refusal.js';
import { resolveOptional } from '../../request/resolve-optional.js';
import { toToolFailure } from './handler-failure.js';

/** Converts refusals to HTTP answers with the responder of the authentication module, if any. */
@Injectable()
export class McpRefusals {
  private responder: RefusalResponder | undefined;

  constructor(private readonly moduleRef: ModuleRef) {}

  /** @param path of the endpoint that was asked */
  answer(refusal: Refusal, path: string): RefusalAnswer {
    // Resolved late: the authentication module may be initialized after this one.
    this.responder ??=
      resolveOptional(this.moduleRef, RefusalResponder) ?? new BearerRefusalResponder();
    return this.responder.answer(refusal, path);
  }
}

/**
 * The result of a call that was refused within the protocol. For a reverification it includes the
 * HTTP answer as data: Clerk's components react to that.
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
    // Clients of earlier revisions validate it with the output schema, also in a failure.
    ...(!definition.outputSchema && { structuredContent: { ...body } }),
  };
}
