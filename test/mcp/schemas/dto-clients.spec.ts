import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonSchema, McpTool } from '../../../src/index.js';
import { ADAPTERS, createAdapter } from '../../support/adapters.js';
import { CLIENT_MODES, connect } from '../clients.js';
import { startMcpApp, type McpApp } from '../fixtures.js';
import { CreatePerson, Named, Person } from './dto-classes.js';

const Total = jsonSchema<{ total: number }>({
  type: 'object',
  properties: { total: { type: 'number' } },
  required: ['total'],
});

class People {
  @McpTool({ description: 'Creates a person', input: CreatePerson, output: Person })
  create(person: CreatePerson): Person {
    if (!(person instanceof CreatePerson)) throw new Error('It is not an instance.');
    const { name, age } = person;
    return Object.assign(new Person(), { name, age, born: new Date(0), password: 'hunter2' });
  }

  @McpTool({ description: 'Counts people', input: Named, output: Total })
  count({ name }: Named) {
    return { total: name.length };
  }
}

const VALID = { name: 'Ada', email: 'ada@example.com', age: 36, home: { city: 'London' } };

describe.each(ADAPTERS)('A class as input and output on %s', (adapter) => {
  let mcp: McpApp;
  beforeAll(async () => {
    mcp = await startMcpApp([People], { adapter: createAdapter(adapter) });
  });
  afterAll(() => mcp.app.close());

  it.each(CLIENT_MODES)('is listed, called and checked by the official client %s', async (mode) => {
    const client = await connect(mode, mcp.url, 'alice');
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['count', 'create']);

    const created = await client.callTool('create', VALID);
    const expected = { name: 'Ada', age: 36, born: '1970-01-01T00:00:00.000Z' };
    expect(created.structuredContent).toEqual(expected);
    expect(JSON.parse(created.content[0]?.text ?? '')).toEqual(expected);

    const refused = await client.callTool('create', { ...VALID, home: { city: 7 }, age: 'old' });
    expect(refused.isError).toBe(true);
    expect(refused.content[0]?.text).toMatch(/^Invalid input for create: /);
    expect(refused.content[0]?.text).toContain('home.city: must be a string');
    expect(refused.content[0]?.text).toContain('age: must be an integer number');

    const counted = await client.callTool('count', { name: 'Ada' });
    expect(counted.structuredContent).toEqual({ total: 3 });
  });
});
