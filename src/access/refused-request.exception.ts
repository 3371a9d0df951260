import { HttpException } from '@nestjs/common';
import type { RefusalAnswer } from './refusal-responder.js';
import type { Refusal } from './refusal.js';

/**
 * A refused request as the exception that every filter of an application can answer, one that catches
 * everything included: with the status and the body of the refusal. Its headers, such as the challenge,
 * are on the response already.
 */
export class RefusedRequestException extends HttpException {
  readonly code = 'REFUSED_REQUEST';

  constructor(
    readonly refusal: Refusal,
    { status, body }: RefusalAnswer,
    options?: { readonly cause?: unknown },
  ) {
    super({ ...body }, status, options);
    this.name = 'RefusedRequestException';
    this.message = String(body['error_description'] ?? body['error']);
  }
}
