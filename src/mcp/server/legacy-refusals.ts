import { JSON_RPC, jsonRpcError } from '../protocol/json-rpc-error.js';

/** Refuses a request of the earlier revisions before it runs. */
export function refuse(status: number, code: number, message: string): Response {
  return Response.json(jsonRpcError(code, message), {
    status,
    ...(status === 503 && { headers: { 'retry-after': '30' } }),
  });
}

export function sessionNotFound(): Response {
  return refuse(404, SESSION_NOT_FOUND, 'Session not found');
}

export function methodNotAllowed(allow: string, message: string): Response {
  const answer = refuse(405, JSON_RPC.serverError, message);
  answer.headers.set('allow', allow);
  return answer;
}

const SESSION_NOT_FOUND = -32001;
