import {
  Injectable,
  Logger,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { ClerkContext } from 'nestjs-clerk-mcp';
import { finalize, type Observable } from 'rxjs';

/** Logs the caller and the handler of each REST and MCP call, but no arguments. */
@Injectable()
export class CallLogInterceptor implements NestInterceptor {
  private readonly logger = new Logger('Calls');

  constructor(private readonly clerk: ClerkContext) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const startedAt = performance.now();
    const handler = `${context.getClass().name}.${context.getHandler().name}`;
    const { principal } = this.clerk;
    return next.handle().pipe(
      finalize(() => {
        this.logger.log({
          way: context.getType<string>(),
          handler,
          subject: principal?.subject ?? 'anonymous',
          organization: principal?.organization?.id,
          milliseconds: Math.round(performance.now() - startedAt),
        });
      }),
    );
  }
}
