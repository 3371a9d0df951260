import { AUTHENTICATED, type AccessRule } from '../../access/access-rule.js';
import { withAccessRule } from '../../access/access.decorators.js';
import type { OptionTable } from '../../request/known-options.js';
import { assertOptions, markHandler } from '../authoring/mark-handler.js';
import { PROMPT } from '../authoring/mcp-prompt.decorator.js';
import { RESOURCE } from '../authoring/mcp-resource.decorator.js';
import { TOOL } from '../authoring/mcp-tool.decorator.js';
import type { McpContext } from '../authoring/mcp-context.js';
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
 * @throws {InvalidHandlerError} an option does not exist
 */
export function declareAtRuntime<
  D extends Declaration & { readonly kind: keyof typeof RUNTIME_OPTIONS },
>(
  declaration: D,
  { name, access = AUTHENTICATED }: RuntimeAccess & { name: string },
  handler: RuntimeHandler,
): { readonly host: HandlerHost; readonly method: string } & D {
  class Runtime {
    [METHOD](...parameters: Parameters<RuntimeHandler>): unknown {
      return handler(...parameters);
    }
  }
  const source = `McpCatalog(${name})`;
  Object.defineProperty(Runtime, 'name', { value: source });
  const [method, known] = RUNTIME_OPTIONS[declaration.kind];
  assertOptions(source, method, declaration.options, known, ACCESS_NAMES);
  markHandler(Runtime.prototype, METHOD);
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

const RUNTIME_OPTIONS = {
  tool: ['addTool', { ...TOOL.options, access: true }],
  resource: ['addResource', { ...RESOURCE.options, access: true }],
  prompt: ['addPrompt', { ...PROMPT.options, access: true }],
} as const satisfies Partial<
  Record<Declaration['kind'], readonly [method: string, options: OptionTable]>
>;

const ACCESS_NAMES = {
  scope: '`access: protectedBy(requirement.scopes(…))`',
  scopes: '`access: protectedBy(requirement.scopes(…))`',
  role: '`access: protectedBy(requirement.role(…))`',
  roles: '`access: protectedBy(requirement.role(…))`',
  public: "`access: { kind: 'public' }`",
};
