import {
  Injectable,
  StreamableFile,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { map, type Observable } from 'rxjs';

/** Puts what REST answers into `data`. Not for MCP, which has an envelope of its own. */
@Injectable()
export class EnvelopeInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType<string>() !== 'http') return next.handle();
    return next.handle().pipe(map((data) => (isEnveloped(data) ? { data } : data)));
  }
}

/** A file is sent as it is, and `204 No Content` has none. The endpoint of MCP answers by itself. */
function isEnveloped(data: unknown): boolean {
  return data !== undefined && !(data instanceof StreamableFile);
}
