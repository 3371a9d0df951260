import type { FastifyInstance } from 'fastify';
import { OAuthError } from './oauth.error.js';

/** Makes every failure of an endpoint an OAuth error (RFC 6749 §5.2). */
export function answerOAuthErrors(app: FastifyInstance): void {
  app.setErrorHandler(async (error: unknown, _request, reply) => {
    const refusal = asOAuthError(error);
    if (refusal.challenge !== undefined) reply.header('www-authenticate', refusal.challenge);
    return reply.code(refusal.status).header('cache-control', 'no-store').send(refusal.toJSON());
  });
}

function asOAuthError(error: unknown): OAuthError {
  if (error instanceof OAuthError) return error;
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status === 415) {
    return new OAuthError('invalid_request', 'The body has the wrong content type.');
  }
  if (status >= 400 && status < 500 && error instanceof Error) {
    return new OAuthError('invalid_request', error.message, undefined, status);
  }
  return new OAuthError('server_error', 'The stand-in failed.', undefined, 500);
}
