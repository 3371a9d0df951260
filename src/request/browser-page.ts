/**
 * Where a person goes who opens the URL of an endpoint in a browser. The explorer provides it; without it
 * the endpoint answers with a page of its own.
 */
export abstract class BrowserPage {
  /**
   * URL of the page, relative to the origin; `undefined` if there is none now.
   *
   * @param request that the browser has sent
   */
  abstract locationFor(request: object): string | undefined;
}
