/** Injects the options with every default filled in. */
export const RESOLVED_MCP_OPTIONS = Symbol('RESOLVED_MCP_OPTIONS');

/** Injects the guards of the endpoint, as classes. */
export const MCP_GUARDS = Symbol('MCP_GUARDS');

/** Injects the path of the endpoint, without slashes at its ends. */
export const MCP_PATH = Symbol('MCP_PATH');
