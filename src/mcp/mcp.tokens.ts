/** Injects the options with every default filled in. */
export const RESOLVED_MCP_OPTIONS = Symbol('RESOLVED_MCP_OPTIONS');

/** Injects the classes of the guards of the endpoint; `null` if the option is absent. */
export const MCP_GUARDS = Symbol('MCP_GUARDS');

/** Injects the modules whose providers make up the catalog; `null` for all of them. */
export const MCP_INCLUDE = Symbol('MCP_INCLUDE');

/** Injects the path of the endpoint, without leading and trailing slashes. */
export const MCP_PATH = Symbol('MCP_PATH');

/** Injects the class of the controller that has the routes of the endpoint. */
export const MCP_CONTROLLER = Symbol('MCP_CONTROLLER');

/** Injects the event bus (`ServerEventBus` of the SDK); override it to span several nodes. */
export const MCP_EVENT_BUS = Symbol('MCP_EVENT_BUS');

/**
 * Injects the event bus with its failures contained. This module uses it instead of the bus itself.
 */
export const CONTAINED_EVENT_BUS = Symbol('CONTAINED_EVENT_BUS');

/** Injects the latest changes of all nodes; `null` where each session stores its own. */
export const EVENT_HISTORY = Symbol('EVENT_HISTORY');

/** Injects the class of the module, which `RouterModule` may have given a path. */
export const MCP_MODULE = Symbol('MCP_MODULE');

/** Injects the options of `McpModule.forFeature()`. */
export const MCP_FEATURE = Symbol('MCP_FEATURE');
