import { Injectable, type ArgumentsHost } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { AccessRefusedError } from '../access/access-refused.error.js';
import { RefusalResponder } from '../access/refusal-responder.js';
import { RefusedRequestException } from '../access/refused-request.exception.js';
import { RefusedFieldError } from './refused-field.error.js';
import { RequestAuthenticator } from './request-authenticator.js';
import { requestOf } from './request-of.js';

/** Says no in the form that each kind of handler has for it. */
@Injectable()
export class RefusalErrors {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly responder: RefusalResponder,
    private readonly authenticator: RequestAuthenticator,
  ) {}

  /** The error to throw. What goes into the headers of an HTTP response is set on the way. */
  of(error: AccessRefusedError, host: ArgumentsHost): Error {
    const type = host.getType<string>();
    if (type === 'mcp') return error;
    const request = requestOf(host);
    const path = request && this.authenticator.resourcePathOf(request);
    const answer = this.responder.answer(error.refusal, path);
    if (type === 'graphql') return new RefusedFieldError(answer, { cause: error });
    if (type === 'http') {
      const { httpAdapter } = this.adapterHost;
      const response = host.switchToHttp().getResponse<object>();
      for (const [name, value] of Object.entries(answer.headers)) {
        httpAdapter.setHeader(response, name, value);
      }
    }
    return new RefusedRequestException(error.refusal, answer, { cause: error });
  }
}
