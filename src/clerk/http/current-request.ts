import { Injectable } from '@nestjs/common';
import { Audit } from '../../audit/audit.js';
import { requestIdOf, traceIdOf } from '../../audit/request-trace.js';
import { RequestScope } from './request-scope.js';

/** The request during which something is logged. Members that are not known are absent. */
export interface LoggedRequest {
  readonly requestId: string;
  /** Trace id of the W3C trace context, 32 hexadecimal digits. */
  readonly traceId?: string;
  /** Keyed digest of the caller's subject, equal in all lines of a caller, also in audit events. */
  readonly principal?: string;
}

/**
 * Tells a logger during which request a line is written, also where the logger does not know it: in a tool,
 * after its `await`, and on Fastify.
 *
 * @example
 * ```ts
 * LoggerModule.forRootAsync({
 *   imports: [AuthenticationModule], // which imports ClerkAuthModule
 *   inject: [CurrentRequest],
 *   useFactory: (request: CurrentRequest) => ({ pinoHttp: { mixin: () => request.logged() ?? {} } }),
 * })
 * ```
 */
@Injectable()
export class CurrentRequest {
  constructor(
    private readonly scope: RequestScope,
    private readonly audit: Audit,
  ) {}

  /** @returns `undefined` outside of a request */
  logged(): LoggedRequest | undefined {
    const { request, principal } = this.scope;
    if (!request) return undefined;
    const traceId = traceIdOf(request);
    const digest = principal && this.audit.digestOfSubject(principal);
    return {
      requestId: requestIdOf(request),
      ...(traceId !== undefined && { traceId }),
      ...(digest !== undefined && { principal: digest }),
    };
  }
}
