import { IntrinsicException } from '@nestjs/common';
import type { RefusalAnswer } from '../access/refusal-responder.js';

/** A refused field of GraphQL. The library for GraphQL puts {@link extensions} into its error. */
export class RefusedFieldError extends IntrinsicException {
  readonly code = 'REFUSED_FIELD';
  /** A code as Apollo has them, and the refusal as REST handlers answer it. */
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor({ status, body }: RefusalAnswer, options: { readonly cause: unknown }) {
    super(String(body['error_description'] ?? body['error']), options);
    this.name = 'RefusedFieldError';
    this.extensions = { ...body, code: CODES[status] ?? 'INTERNAL_SERVER_ERROR' };
  }
}

const CODES: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  429: 'TOO_MANY_REQUESTS',
  503: 'SERVICE_UNAVAILABLE',
};
