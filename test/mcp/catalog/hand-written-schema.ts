import type { McpSchema } from '../../../src/mcp/authoring/schema.js';

interface Temperature {
  readonly degrees: number;
}

/** A schema of no library: what Standard Schema and its JSON Schema extension ask for, no more. */
export const Celsius = {
  '~standard': {
    version: 1,
    vendor: 'by-hand',
    validate: async (value: unknown) => {
      const degrees = Reflect.get(Object(value), 'degrees');
      return typeof degrees === 'number'
        ? { value: { degrees } }
        : { issues: [{ message: 'must be a number', path: [{ key: 'degrees' }] }] };
    },
    jsonSchema: { input: () => describe('input'), output: () => describe('output') },
    types: undefined as unknown as { input: Temperature; output: Temperature },
  },
} satisfies McpSchema;

const describe = (side: string) => ({
  type: 'object',
  properties: { degrees: { type: 'number', title: side } },
});
