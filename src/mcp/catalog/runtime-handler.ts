import { InstanceWrapper } from '../nest-internals.js';
import { withAccessRule } from '../../access/access.decorators.js';
import { AUTHENTICATED, type AccessRule } from '../../access/access-rule.js';
import { InputPipe, type McpSchema } from '../authoring/schema.js';
import type { McpContext } from '../authoring/mcp-context.js';
import type { Declaration } from './handler-discovery.js';
import type { HandlerHost } from '../invocation/declared-handler.js';
import { markHandler } from '../authoring/mark-handler.js';

/** A handler that no class has: it gets the validated input and the context. */
export type RuntimeHandler = (input: never, context: McpContext) => unknown;

/** What an entry says that is added while the server runs. */
export interface RuntimeAccess {
  /** Who may use it. Default: every verified principal. */
  readonly access?: AccessRule;
}

/**
 * Gives a plain function what a decorated method has, so that it goes through the same compiler, the
 * same pipeline and the same access rules. Enhancers of the whole application run around it.
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
