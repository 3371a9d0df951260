/** Where the documentation is published: `homepage` of the manifest of the package. */
const SITE = 'https://nestjs-clerk-mcp.github.io/nestjs-clerk-mcp/';

/**
 * The address of a page, for a message that tells a cure.
 *
 * @param page name of the file in `docs`, without its ending
 * @param anchor of a heading
 */
export function docsPage(page: string, anchor?: string): string {
  return `${SITE}${page}${anchor === undefined ? '' : `#${anchor}`}`;
}
