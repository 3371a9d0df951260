import { Catch, Injectable, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AccessRefusedError } from '../access/access-refused.error.js';
import { RefusalResponder } from '../access/refusal-responder.js';
import { RequestAuthenticator } from './request-authenticator.js';

/** Answers a refused request of an ordinary route. Tools answer for themselves. */
@Catch(AccessRefusedError)
@Injectable()
export class AccessRefusedFilter implements ExceptionFilter<AccessRefusedError> {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly responder: RefusalResponder,
    private readonly authenticator: RequestAuthenticator,
  ) {}

  catch(error: AccessRefusedError, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    const { httpAdapter } = this.adapterHost;
    const response = host.switchToHttp().getResponse<object>();
    const path = this.authenticator.resourcePathOf(host.switchToHttp().getRequest<object>());
    const { status, headers, body } = this.responder.answer(error.refusal, path);
    for (const [name, value] of Object.entries(headers)) {
      httpAdapter.setHeader(response, name, value);
    }
    httpAdapter.reply(response, body, status);
  }
}
