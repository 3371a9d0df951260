import { Catch, HttpException, Logger, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { AccessRefusedError } from 'nestjs-clerk-mcp';

/**
 * Answers REST errors as problem details (RFC 9457). A refusal keeps its challenge header, from which a
 * client signs in. MCP entries have their own error format.
 */
@Catch()
export class ProblemFilter extends BaseExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  override catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType<string>() !== 'http' || error instanceof AccessRefusedError) throw error;
    const status = error instanceof HttpException ? error.getStatus() : 500;
    if (status >= 500) this.logger.error(error);
    const reply = host.switchToHttp().getResponse<Reply>();
    void reply
      .status(status)
      .type('application/problem+json')
      .send({ type: 'about:blank', status, ...detailsOf(error) });
  }
}

/** The members of a Fastify reply that the filter uses. */
interface Reply {
  status(code: number): this;
  type(mediaType: string): this;
  send(body: object): unknown;
}

/** Details for the caller. Internal errors have none. */
function detailsOf(error: unknown): { readonly title: string; readonly errors?: unknown } {
  if (!(error instanceof HttpException)) return { title: 'Internal error' };
  const response = error.getResponse();
  const messages = typeof response === 'object' && 'message' in response && response.message;
  return { title: error.message, ...(Array.isArray(messages) && { errors: messages }) };
}
