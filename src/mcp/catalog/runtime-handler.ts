import { AUTHENTICATED, type AccessRule } from '../../access/access-rule.js';
import { withAccessRule } from '../../access/access.decorators.js';
import { markHandler } from '../authoring/mark-handler.js';
import type { McpContext } from '../authoring/mcp-context.js';
import { InputPipe, type McpSchema } from '../authoring/schema.js';
import type { HandlerHost } from '../invocation/declared-handler.js';
import { InstanceWrapper } from '../nest-internals.js';
import type { Declaration } from './handler-discovery.js';

/** A handler function without a class. It gets the validated input and the context. */
export type RuntimeHandler = (input: never, context: McpContext) => unknown;

/** The access option of entries that are added while the server runs. */
export interface RuntimeAccess {
  /** Who may use the entry. Default: every authenticated principal. */
  readonly access?: AccessRule;
}

/**
 * Wraps a function in a class with the metadata of a decorated method, so that it goes through the
 * same compiler, pipeline and access rules. Global enhancers of the application run for it.
 *
 * @param name for messages and logs
 */
export function declareAtRuntime<D extends Declaration>(
  declaration: D,
  {
    name,
    input,
    access = AUTHENTICATED,
  }: RuntimeAccess & { name: string; input?: McpSchema | undefined },
  handler: RuntimeHandler,
): { readonly host: HandlerHost; readonly method: string } & D {
  class Runtime {
    [METHOD](...parameters: Parameters<RuntimeHandler>): unknown {
      return handler(...parameters);
    }
  }
  Object.defineProperty(Runtime, 'name', { value: `McpCatalog(${name})` });
  markHandler(Runtime.prototype, METHOD, input && new InputPipe(name, input));
  withAccessRule(access)(Runtime);
  const wrapper = new InstanceWrapper({
    token: Runtime,
    name: Runtime.name,
    metatype: Runtime,
    instance: new Runtime(),
    isResolved: true,
  });
  return { host: { wrapper, type: Runtime }, method: METHOD, ...declaration };
}

const METHOD = 'run';
