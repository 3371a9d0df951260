import {
  Injectable,
  StreamableFile,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { map, type Observable } from 'rxjs';

/** Wraps REST results in `data`. MCP results have their own envelope. */
@Injectable()
export class EnvelopeInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType<string>() !== 'http') return next.handle();
    return next.handle().pipe(map((data) => (isEnveloped(data) ? { data } : data)));
  }
}

/** Files and `204 No Content` are not wrapped, and the MCP endpoint writes its own answer. */
function isEnveloped(data: unknown): boolean {
  return data !== undefined && !(data instanceof StreamableFile);
}
