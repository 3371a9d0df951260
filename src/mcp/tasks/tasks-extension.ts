import {
  CLIENT_CAPABILITIES_META_KEY,
  MissingRequiredClientCapabilityError,
  type ClientCapabilities,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { isJsonObject } from '../../request/json-object.js';

/** @see https://modelcontextprotocol.io/seps/2663-tasks-extension */
export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';

/** Whether the client of this request supports tasks. It declares this with each request. */
export function understandsTasks(sdkContext: ServerContext): boolean {
  return namesTasks(sdkContext.mcpReq.envelope);
}

/** Whether the `_meta` of a request names the extension. */
export function namesTasks(meta: unknown): boolean {
  const capabilities = isJsonObject(meta) ? meta[CLIENT_CAPABILITIES_META_KEY] : undefined;
  const extensions = isJsonObject(capabilities) ? capabilities['extensions'] : undefined;
  return isJsonObject(extensions) && isJsonObject(extensions[TASKS_EXTENSION]);
}

/** The capabilities that the client declared with this request. */
export function declaredCapabilities({ mcpReq }: ServerContext): ClientCapabilities {
  const envelope: Record<string, unknown> = mcpReq.envelope ?? {};
  // The SDK has checked the envelope before any handler runs.
  return (envelope[CLIENT_CAPABILITIES_META_KEY] ?? {}) as ClientCapabilities;
}

/** The error for a client that must support tasks but does not (-32021). */
export function tasksRequired(): MissingRequiredClientCapabilityError {
  return new MissingRequiredClientCapabilityError({
    requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } },
  });
}
