import { ValidationPipe } from '@nestjs/common';
import { PartialType } from '@nestjs/mapped-types';
import { beforeAll, afterAll, describe, expect, it } from 'vitest';
import { McpPrompt, McpTool } from '../../../src/index.js';
import { call, mcpApp, rpc, startMcpApp, type McpApp } from '../fixtures.js';
import { Category, CreatePerson, Named, Odd, Person } from './dto-classes.js';

class UpdatePerson extends PartialType(CreatePerson) {}

class Tools {
  @McpTool({ description: 'Creates', input: CreatePerson })
  create(person: CreatePerson) {
    const { constructor, home, born } = person;
    return {
      ...person,
      greeting: person.greet(),
      classes: [constructor.name, home.constructor.name, born?.constructor.name],
    };
  }

  @McpTool({ description: 'Updates', input: UpdatePerson })
  update(changes: UpdatePerson) {
    return { ...changes };
  }

  @McpTool({ description: 'Reads', input: Named, output: Person })
  read({ name }: Named) {
    const stored = {
      ada: { name, age: 36, born: new Date(0), password: 'hunter2', internal: true },
      bad: { name, age: 'secret-age' },
      none: undefined,
    } as unknown as Record<string, Person>;
    return stored[name] as Person;
  }

  @McpTool({ description: 'Has odd rules', input: Odd })
  odd(odd: Odd) {
    return { ...odd };
  }

  @McpTool({ description: 'Has odd rules, too', input: Odd })
  oddAgain(odd: Odd) {
    return { ...odd };
  }

  @McpTool({ description: 'Is recursive', input: Category })
  category({ title }: Category) {
    return title;
  }

  @McpPrompt({ name: 'greet', input: Named })
  greet({ name }: Named) {
    return `Greet ${name}`;
  }
}

const VALID = {
  name: 'Ada',
  email: 'ada@example.com',
  age: 36,
  home: { city: 'London', zip: '12345' },
};

let mcp: McpApp;
beforeAll(async () => {
  mcp = await startMcpApp([Tools]);
});
afterAll(() => mcp.app.close());

async function definitions(): Promise<Record<string, any>> {
  const response = await rpc(mcp.url, 'tools/list', {}, { as: 'alice' });
  const { result } = (await response.json()) as any;
  return Object.fromEntries(result.tools.map((tool: any) => [tool.name, tool]));
}

describe('A class with the decorators of class-validator', () => {
  it('is published as the JSON Schema of its rules', async () => {
    const { create } = await definitions();
    expect(create.inputSchema).toEqual({
      type: 'object',
      properties: {
        name: {
          type: 'string',
          minLength: 1,
          title: 'Name',
          description: 'How the person is called',
        },
        email: { type: 'string', format: 'email' },
        age: { type: 'integer', minimum: 0, maximum: 150 },
        role: { enum: ['admin', 'member'], default: 'member' },
        level: { enum: [0, 1] },
        language: { type: 'string', enum: ['de', 'fr'] },
        home: { $ref: '#/$defs/Address' },
        others: { type: 'array', maxItems: 3, items: { $ref: '#/$defs/Address' } },
        tags: { type: 'array', items: { type: 'string' } },
        born: { type: 'string', format: 'date-time' },
      },
      required: expect.toSatisfy(
        (names: string[]) => names.toSorted().join() === 'age,email,home,name',
      ),
      $defs: {
        Address: {
          type: 'object',
          properties: {
            city: {
              type: 'string',
              maxLength: 50,
              description: 'Where the person lives',
              examples: ['Bern'],
            },
            zip: { type: 'string', pattern: '^\\d{4,5}$' },
          },
          required: ['city'],
        },
      },
    });
  });

  it('may be derived from another one', async () => {
    const { update, category } = await definitions();
    expect(update.inputSchema.required).toBeUndefined();
    expect(Object.keys(update.inputSchema.properties)).toContain('email');
    expect((await call(mcp.url, 'update', { age: 40 })).result?.structuredContent).toMatchObject({
      age: 40,
    });
    expect(category.inputSchema.properties.children.items).toEqual({ $ref: '#/$defs/Category' });
    expect(category.inputSchema.$defs.Category.required).toEqual(['title']);
  });

  it('becomes an instance with instances of its parts and its defaults, without other fields', async () => {
    const born = '2000-01-01T00:00:00.000Z';
    const args = { ...VALID, born, admin: true, home: { ...VALID.home, admin: true } };
    expect((await call(mcp.url, 'create', args)).result?.structuredContent).toEqual({
      ...VALID,
      born,
      role: 'member',
      greeting: 'Hello Ada',
      classes: ['CreatePerson', 'Address', 'Date'],
    });
  });

  it.each<[string, object, string]>([
    ['no name', { name: undefined }, 'name: must be a string; name: should not be empty'],
    ['a wrong type', { age: '36' }, 'age: must be an integer number'],
    ['a number out of range', { age: 151 }, 'age: must not be greater than 150'],
    ['an unknown value', { role: 'root' }, 'role: must be one of the following values: admin, mem'],
    ['a nested field', { home: { city: 1 } }, 'home.city: must be a string'],
    ['a nested value that is none', { home: 'London' }, 'home'],
    [
      'a field of an item',
      { others: [VALID.home, { city: 1 }] },
      'others.1.city: must be a string',
    ],
    ['an item', { tags: ['a', 1] }, 'tags: each value in tags must be a string'],
    ['a date', { born: 'yesterday' }, 'born: must be a Date instance'],
  ])('refuses %s, and names the field without its value', async (_what, wrong, message) => {
    const { result, text } = await call(mcp.url, 'create', { ...VALID, ...wrong });
    expect(result?.isError).toBe(true);
    expect(text).toContain('Invalid input for create: ');
    expect(text).toContain(message);
    expect(text).not.toMatch(/London|yesterday|root/);
    expect(result).toMatchObject({
      _meta: { 'nestjs-clerk-mcp/error': { code: 'INVALID_INPUT' } },
    });
  });

  it('bounds what it says about a caller who makes many mistakes', async () => {
    const others = Array.from({ length: 1_000 }, () => ({ city: 1 }));
    const { text = '' } = await call(mcp.url, 'create', { ...VALID, others });
    expect(text).toMatch(/and \d+ more$/);
    expect(text.length).toBeLessThan(8_000);
  });

  it('as output validates what is returned, and sends it without other and excluded fields', async () => {
    const { read } = await definitions();
    expect(read.outputSchema).toEqual({
      type: 'object',
      properties: {
        name: { type: 'string' },
        age: { type: 'integer' },
        born: { type: 'string', format: 'date-time' },
      },
      required: expect.arrayContaining(['name', 'age']),
      additionalProperties: false,
    });
    const { result } = await call(mcp.url, 'read', { name: 'ada' });
    expect(result?.structuredContent).toEqual({
      name: 'ada',
      age: 36,
      born: '1970-01-01T00:00:00.000Z',
    });
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  it.each([
    ['bad', 'age: must be an integer number'],
    ['none', '(result): must be an object'],
  ])('as output is a bug of the handler where it does not fit: %s', async (name, problem) => {
    const before = mcp.log.errors.length;
    expect((await call(mcp.url, 'read', { name })).text).toMatch(/^Internal error/);
    const [logged] = mcp.log.errors.slice(before);
    expect(logged).toContain(
      `Tools.read returned a value that its output schema refuses: ${problem}`,
    );
    expect(logged).not.toContain('secret-age');
  });

  it('leaves out what JSON Schema cannot express, warns once, and still validates it', async () => {
    const { odd } = await definitions();
    expect(odd.inputSchema.properties).toEqual({
      prime: { type: 'integer' },
      code: { type: 'string' },
      reason: { type: 'string' },
    });
    const warnings = mcp.log.lines.filter((line) => line.includes('cannot express'));
    expect(warnings).toEqual([
      expect.stringContaining(
        'JSON Schema cannot express these rules of Odd: prime (isPrime), code (matches), reason (conditionalValidation).',
      ),
    ]);
    expect((await call(mcp.url, 'odd', { prime: 4, code: 'ABC' })).text).toBe(
      'Invalid input for odd: prime: must be a prime number',
    );
    expect((await call(mcp.url, 'odd', { prime: 3, code: 'abc' })).text).toContain('reason: must');
    expect((await call(mcp.url, 'odd', { prime: 3, code: 'ABC' })).result?.isError).toBeFalsy();
  });

  it('describes the arguments of a prompt', async () => {
    const list = (await (await rpc(mcp.url, 'prompts/list', {}, { as: 'alice' })).json()) as any;
    expect(list.result.prompts).toEqual([
      {
        name: 'greet',
        arguments: [
          { name: 'name', title: 'Name', description: 'How the person is called', required: true },
        ],
      },
    ]);
    const get = async (args: object) => {
      const params = { name: 'greet', arguments: args };
      return (await (await rpc(mcp.url, 'prompts/get', params, { as: 'alice' })).json()) as any;
    };
    expect((await get({ name: 'Ada' })).result.messages[0].content.text).toBe('Greet Ada');
    expect((await get({})).error.message).toContain('name: must be a string');
  });

  it('is validated by the options of its server', async () => {
    const { url } = await mcpApp([Tools], { validation: { forbidNonWhitelisted: true } });
    const { text } = await call(url, 'read', { name: 'ada', admin: true });
    expect(text).toBe('Invalid input for read: admin: property admin should not exist');
    const response = await rpc(url, 'tools/list', {}, { as: 'alice' });
    const { tools } = ((await response.json()) as any).result;
    const read = tools.find((tool: any) => tool.name === 'read');
    expect(read.inputSchema.additionalProperties).toBe(false);

    const silent = await mcpApp([Tools], { validation: { disableErrorMessages: true } });
    expect((await call(silent.url, 'read', {})).text).toBe('Invalid input for read: is not valid');
  });

  it('works beside a global validation pipe, also one that validates custom parameters', async () => {
    const pipe = new ValidationPipe({ transform: true, validateCustomDecorators: true });
    const { url } = await mcpApp([Tools], { configure: (app) => app.useGlobalPipes(pipe) });
    const { result } = await call(url, 'create', { ...VALID, admin: true });
    expect(result?.structuredContent).toMatchObject({ greeting: 'Hello Ada' });
    expect(result?.structuredContent).not.toHaveProperty('admin');
  });
});
