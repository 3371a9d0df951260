import { Catch, Injectable, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AccessRefusedError, RefusedRequestException } from '../../access/access.errors.js';
import { RefusalResponder } from '../../access/refusal-responder.js';
import { withGranted } from '../../access/scopes.js';
import { hostOf } from '../../request/request-host.js';
import { principalOf } from '../../request/request-record.js';
import { RefusedFieldError } from '../clerk.errors.js';
import { RequestAuthenticator } from './request-authenticator.js';
import { requestOf } from './request-of.js';

/** Creates the error that the framework of a handler expects for a refusal. */
@Injectable()
export class RefusalErrors {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly responder: RefusalResponder,
    private readonly authenticator: RequestAuthenticator,
  ) {}

  /** Creates the error to throw. For HTTP it also sets the headers of the response. */
  errorFor(error: AccessRefusedError, host: ArgumentsHost): Error {
    const type = host.getType<string>();
    if (type === 'mcp') return error;
    const request = requestOf(host);
    const path = request && this.authenticator.resourcePathOf(request);
    // What a handler throws does not say what was granted.
    const refusal = withGranted(error.refusal, request && principalOf(request)?.scopes);
    const answer = this.responder.answer(refusal, path, request && hostOf(request));
    if (type === 'graphql') return new RefusedFieldError(answer, { cause: error });
    if (type === 'http') {
      const { httpAdapter } = this.adapterHost;
      const response = host.switchToHttp().getResponse<object>();
      for (const [name, value] of Object.entries(answer.headers)) {
        httpAdapter.setHeader(response, name, value);
      }
    }
    return new RefusedRequestException(refusal, answer, { cause: error });
  }
}

/** Handles refusals that application code throws in the same way as refusals of the guard. */
@Catch(AccessRefusedError)
@Injectable()
export class AccessRefusedFilter implements ExceptionFilter<AccessRefusedError> {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly errors: RefusalErrors,
  ) {}

  catch(refused: AccessRefusedError, host: ArgumentsHost): void {
    const error = this.errors.errorFor(refused, host);
    if (host.getType() !== 'http' || !(error instanceof RefusedRequestException)) throw error;
    const response = host.switchToHttp().getResponse<object>();
    this.adapterHost.httpAdapter.reply(response, error.getResponse(), error.getStatus());
  }
}
