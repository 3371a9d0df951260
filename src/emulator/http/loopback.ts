import type { FastifyRequest } from 'fastify';

/**
 * Why a request is not let in; `undefined` when it is. A Host header that names another machine is
 * how DNS rebinding reaches a loopback server.
 */
export function hostProblem(request: FastifyRequest): string | undefined {
  const port = request.socket.localPort;
  const host = request.headers.host ?? '';
  const match = /^(127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::(\d+))?$/i.exec(host);
  if (match && Number(match[2] ?? 80) === port) return undefined;
  return 'The Host header does not name the loopback address of this server.';
}

/** Why a request may not use the control surface: it comes from another machine or from a page. */
export function controlProblem(request: FastifyRequest): string | undefined {
  if (!/^(::ffff:)?127\.|^::1$/.test(request.socket.remoteAddress ?? '')) {
    return 'The control surface serves loopback callers only.';
  }
  const site = request.headers['sec-fetch-site'];
  if (request.headers.origin !== undefined || (site !== undefined && site !== 'none')) {
    return 'The control surface does not serve web pages.';
  }
  return undefined;
}
