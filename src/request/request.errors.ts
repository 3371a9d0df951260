import { HttpException } from '@nestjs/common';

/** Code of the error that this folder defines. A subclass has a code of its own. */
export type RequestErrorCode = 'PAGE_REQUIRED';

/**
 * Only the user can go on, on a web page: to connect an account, or to pay. Throw it from a handler. A
 * tool, a resource or a prompt then asks the client to open the page, if the client supports that;
 * otherwise the call fails with the text, which has the URL. A route answers with 403.
 *
 * @example
 * ```ts
 * throw new PageRequiredError('Choose a plan to export notes.', 'https://example.com/plans');
 * ```
 */
export class PageRequiredError extends HttpException {
  /** Stable: messages may change, codes do not. */
  readonly code: string = 'PAGE_REQUIRED' satisfies RequestErrorCode;

  /**
   * @param request what the user must do there, as a sentence, such as `Connect your Google account.`
   * @param url of the page. It must not have a secret: the client and its model see it
   */
  constructor(
    readonly request: string,
    readonly url: string,
  ) {
    const message = `${request} Open ${url} and repeat the call.`;
    super({ statusCode: 403, error: 'page_required', message, url }, 403);
  }
}
