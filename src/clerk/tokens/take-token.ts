import { carrierOf } from '../../access/request-principal.js';
import { takeHeaderToken } from './header-token.js';
import { takeMetaTokens } from './meta-token.js';
import { invalidToken } from './token-refusals.js';

/**
 * Takes the one token of a request from where it may be, and leaves none behind.
 *
 * @returns `undefined` when the request brings none
 * @throws {AccessRefusedError} `invalid_token` when it is malformed, or when two places disagree
 */
export function takeToken(
  request: object,
  options: { readonly metaAuthorization: boolean },
): string | undefined {
  const body: unknown = 'body' in request ? request.body : undefined;
  let token: string | undefined;
  let others: readonly string[] = [];
  try {
    token = takeHeaderToken(carrierOf(request));
  } finally {
    // Also when the header is refused: nothing stays behind.
    others = takeMetaTokens(body, options.metaAuthorization, () => dropRawBody(request));
  }
  for (const other of others) {
    token ??= other;
    if (other !== token) {
      throw invalidToken('The request brings different tokens in different places.');
    }
  }
  return token;
}

/** With `rawBody: true` Nest keeps the body a second time, as it was sent. */
function dropRawBody(request: object): void {
  Reflect.deleteProperty(request, 'rawBody');
  Reflect.deleteProperty(carrierOf(request), 'rawBody');
}
