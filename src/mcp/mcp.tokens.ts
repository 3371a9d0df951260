/** Injects the options with every default filled in. */
export const RESOLVED_MCP_OPTIONS = Symbol('RESOLVED_MCP_OPTIONS');

/** Injects the guards of the endpoint, as classes. */
export const MCP_GUARDS = Symbol('MCP_GUARDS');

/** Injects the modules whose providers make up the catalog; `null` for all of them. */
export const MCP_INCLUDE = Symbol('MCP_INCLUDE');

/** Injects the path of the endpoint, without slashes at its ends. */
export const MCP_PATH = Symbol('MCP_PATH');

/** Injects the class of the controller that has the routes of the endpoint. */
export const MCP_CONTROLLER = Symbol('MCP_CONTROLLER');

/** Injects the event bus (`ServerEventBus` of the SDK); override it to span several nodes. */
export const MCP_EVENT_BUS = Symbol('MCP_EVENT_BUS');

/** Injects the same, contained: what our own providers publish to and listen to. */
export const CONTAINED_EVENT_BUS = Symbol('CONTAINED_EVENT_BUS');

/** Injects the class of the module, which `RouterModule` may have given a path. */
export const MCP_MODULE = Symbol('MCP_MODULE');

/** Injects what `McpModule.forFeature()` says. */
export const MCP_FEATURE = Symbol('MCP_FEATURE');
