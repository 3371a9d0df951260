import { Catch, HttpException, Logger, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { AccessRefusedError } from 'nestjs-clerk-mcp';

/**
 * Answers errors of REST as problems (RFC 9457). A refusal keeps the challenge that leads to a
 * sign-in, and an entry of MCP has its own way to fail.
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

/** What is used of a reply of Fastify. */
interface Reply {
  status(code: number): this;
  type(mediaType: string): this;
  send(body: object): unknown;
}

/** What the caller may know: nothing of what is a bug. */
function detailsOf(error: unknown): { readonly title: string; readonly errors?: unknown } {
  if (!(error instanceof HttpException)) return { title: 'Internal error' };
  const response = error.getResponse();
  const messages = typeof response === 'object' && 'message' in response && response.message;
  return { title: error.message, ...(Array.isArray(messages) && { errors: messages }) };
}
