import type { Violation } from './validate-exchange.js';

/** A place where an observed instance of Clerk contradicts Clerk's document. */
export interface Exception {
  /** Of the document, such as `GET /users/{user_id}`. */
  readonly operation: string;
  readonly status: number;
  readonly part: Violation['part'];
  /** Begin of the problem that the document finds. */
  readonly problem: string;
  /** What was observed, and the public issue, pull request or source that says so. */
  readonly source: string;
}

/** One that no case needs fails the suite. */
export const EXCEPTIONS: readonly Exception[] = [
  {
    operation: 'POST /oauth_applications/access_tokens/verify',
    status: 200,
    part: 'answer',
    // With `aud`, neither of the two forms fits. machine-auth.spec.ts lists the other members.
    problem: '/ must',
    source:
      '@clerk/backend 3.25 reads and checks `aud` of this answer (IdPOAuthAccessTokenJSON, clerk/javascript#9724)',
  },
  {
    operation: 'GET /organizations/{organization_id}/memberships',
    status: 404,
    part: 'status',
    problem: '404 is not documented',
    source:
      'The document has no answer for an unknown organization here, and 404 for POST on the same path',
  },
  ...['oauth-authorization-server', 'openid-configuration'].map((name): Exception => ({
    operation: `GET /.well-known/${name}`,
    status: 200,
    part: 'answer',
    problem:
      '/ must NOT have additional properties {"additionalProperty":"authorization_response_iss_parameter_supported"}',
    source:
      'Instances send and advertise iss (RFC 9207), without saying which of both documents was read: ' +
      'https://github.com/higgsfield-ai/cli/issues/67, https://github.com/higgsfield-ai/cli/issues/68',
  })),
  ...[
    'POST /users/{user_id}/ban',
    'POST /users/{user_id}/unban',
    'POST /users/{user_id}/lock',
    'POST /users/{user_id}/unlock',
    'GET /users/{user_id}/organization_memberships',
  ].map((operation): Exception => ({
    operation,
    status: 404,
    part: 'status',
    problem: '404 is not documented',
    source: 'The document has no answer for an unknown user here, and 404 for GET /users/{user_id}',
  })),
  ...['tokens', 'tokens/{template_name}'].map((path): Exception => ({
    operation: `POST /sessions/{session_id}/${path}`,
    status: 422,
    part: 'status',
    problem: '422 is not documented',
    source:
      'The document bounds expires_in_seconds and has no answer for other values here, and 422 for POST /sessions',
  })),
];

export function exceptionFor(violation: Violation): Exception | undefined {
  return EXCEPTIONS.find(
    ({ operation, status, part, problem }) =>
      operation === violation.operation &&
      status === violation.status &&
      part === violation.part &&
      violation.problem.startsWith(problem),
  );
}
