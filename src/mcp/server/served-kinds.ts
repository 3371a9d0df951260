import type { ServerParts } from './catalog-server.js';

/** The kinds of entries for which the protocol has methods of their own. */
export type ServedKind = 'tool' | 'resource' | 'prompt' | 'completion';

/** Whether an endpoint has the methods for entries of a kind, and so advertises them. */
export function serves(
  kind: ServedKind,
  { catalog, options }: Pick<ServerParts, 'catalog' | 'options'>,
): boolean {
  switch (kind) {
    case 'tool':
      return true;
    case 'resource':
      return options.dynamic || catalog.resources.size + catalog.resourceTemplates.size > 0;
    case 'prompt':
      return options.dynamic || catalog.prompts.size > 0;
    case 'completion':
      return catalog.completions.size > 0;
  }
}
