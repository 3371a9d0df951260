import { specTypeSchemas } from '@modelcontextprotocol/server';

/** What the tasks extension of 2026-07-28 adds; the SDK has no schemas for it. */
const TASKS_EXTENSION = ['tasks/get', 'tasks/update', 'tasks/cancel', 'notifications/tasks'];

/** Every method of a request or a notification that the SDK has a schema for, in either direction. */
export function everyMethod(): readonly string[] {
  const found = Object.values(specTypeSchemas).flatMap((schema) => {
    const method: unknown = inner(schema, 'def', 'shape', 'method', '_zod', 'def', 'values');
    return Array.isArray(method) ? method.map(String) : [];
  });
  return [...new Set([...found, ...TASKS_EXTENSION])].toSorted();
}

/** The schemas are zod's, which the type of the SDK does not say. */
function inner(schema: object, ...path: readonly string[]): unknown {
  return ['_zod', ...path].reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined,
    schema,
  );
}
