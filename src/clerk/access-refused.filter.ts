import { Catch, Injectable, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AccessRefusedError } from '../access/access-refused.error.js';
import { RefusedRequestException } from '../access/refused-request.exception.js';
import { RefusalErrors } from './refusal-errors.js';

/** Answers what code of the application refuses the way the guard does. */
@Catch(AccessRefusedError)
@Injectable()
export class AccessRefusedFilter implements ExceptionFilter<AccessRefusedError> {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly errors: RefusalErrors,
  ) {}

  catch(refused: AccessRefusedError, host: ArgumentsHost): void {
    const error = this.errors.of(refused, host);
    if (host.getType() !== 'http' || !(error instanceof RefusedRequestException)) throw error;
    const response = host.switchToHttp().getResponse<object>();
    this.adapterHost.httpAdapter.reply(response, error.getResponse(), error.getStatus());
  }
}
