import { Module } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  DuplicateEntryError,
  InvalidHandlerError,
  McpConfigurationError,
} from '../../src/mcp/mcp.errors.js';
import { McpCompletion, McpPrompt } from '../../src/mcp/authoring/mcp-prompt.decorator.js';
import {
  McpResourceTemplate,
  McpResource,
} from '../../src/mcp/authoring/mcp-resource.decorator.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpModule } from '../../src/mcp/mcp.module.js';
import { boot, call, mcpApp, NameGuard } from '../mcp/fixtures.js';

class Tools {
  @McpTool({ description: 'Works' })
  works() {
    return 'worked';
  }
}

/** Code that is not type-checked says anything. */
const untyped = (value: unknown) => value as never;

/** A factory throws where it is called, which is before anything starts. */
const attempt = async (start: () => unknown) => start();

describe('an option of McpModule that cannot be meant stops the boot', () => {
  it.each<[string, object, RegExp]>([
    ['no name', { name: undefined }, /name is missing.*set name: 'notes'/],
    ['an empty version', { version: ' ' }, /version is missing.*set version: '1\.0\.0'/],
    ['a path with a parameter', { path: 'a/:b' }, /path is "a\/:b"\. Use a literal path/],
    ['a path with a wildcard', { path: 'a/{*b}' }, /Use a literal path/],
    [
      'a guard from a circle of imports',
      { guards: [undefined] },
      /guards names .* undefined: two files/,
    ],
    ['a guard as an instance', { guards: [new NameGuard()] }, /guards takes classes/],
    ['a guard that is none', { guards: [Tools] }, /guards names Tools, which is not a guard/],
    ['a guard without a list', { guards: NameGuard }, /guards is not a list. Write guards: \[/],
    ['a module from a circle of imports', { include: [undefined] }, /include names .* undefined/],
    [
      'an unknown choice of signIn',
      { signIn: 'later' },
      /signIn is "later"\. Use one of 'auto', 'connect', 'offer', 'call'/,
    ],
    [
      'a client name that is not in a list',
      { challengeInResult: 'chatgpt' },
      /Use a list of parts/,
    ],
    ['a client name that every client has', { challengeInResult: [' '] }, /or \[\] for no client/],
    ['an unknown choice of legacy', { legacy: 'no' }, /legacy is "no".*'stateless', 'reject'/],
    [
      'limits of sessions that are not there',
      { legacy: 'stateless', sessions: { max: 3 } },
      /legacy: 'stateless' has no sessions/,
    ],
    ['an origin with a path', { allowedOrigins: ['https://a.test/'] }, /Use 'https:\/\/a\.test'/],
    ['an origin in upper case', { allowedOrigins: ['https://A.test'] }, /Use 'https:\/\/a\.test'/],
    ['an origin that is none', { allowedOrigins: ['https://'] }, /no browser sends.*such as/],
    ['a host with a port', { allowedHosts: ['a.test:80'] }, /allowedHosts.*Use 'a\.test'/],
    ['a host in upper case', { allowedOrigins: ['A.test'] }, /allowedOrigins.*Use 'a\.test'/],
    ['a short key', { requestStateKey: new Uint8Array(31) }, /has 31 bytes.*32 or more/],
  ])('%s', async (_, options, message) => {
    const start = attempt(() => boot([Tools], options));
    await expect(start).rejects.toThrow(McpConfigurationError);
    await expect(start).rejects.toThrow(message);
  });

  it.each<[string, () => unknown]>([
    ['the bare class', () => McpModule],
    [
      'a factory that returns nothing',
      () => McpModule.forRootAsync({ path: 'other', useFactory: () => untyped(undefined) }),
    ],
  ])('no options at all: %s', async (_, module) => {
    const start = boot([Tools], { metadata: { imports: [module()] }, path: 'elsewhere' });
    await expect(start).rejects.toThrow(McpConfigurationError);
    await expect(start).rejects.toThrow(/there are no options. Import McpModule\.forRoot\(/);
  });

  it('but what only looks like it starts', async () => {
    const { url } = await mcpApp([Tools], {
      path: '/tools/v1.0/mcp_~-x/',
      allowedOrigins: ['https://a.test:8443', 'b.test', '[::1]', 'capacitor://localhost'],
      allowedHosts: ['a.test', '127.0.0.1', 'localhost'],
      requestStateKey: new Uint8Array(32),
      sessions: { max: 3 },
    });
    const endpoint = url.replace('/mcp', '/tools/v1.0/mcp_~-x');
    expect((await call(endpoint, 'works')).text).toBe('worked');
  });
});

describe('a handler that cannot be one stops the boot, with class and method', () => {
  it.each<[string, () => unknown, RegExp]>([
    [
      'a static method',
      () => {
        class Wrong {
          @(untyped(McpTool({ description: 'x' })) as MethodDecorator)
          static run() {}
        }
        return Wrong;
      },
      /^Wrong\.run cannot be served: it is static/,
    ],
    [
      'an accessor',
      () => {
        class Wrong {
          @(untyped(McpResource({ uri: 'a://b' })) as MethodDecorator)
          get run() {
            return () => 1;
          }
        }
        return Wrong;
      },
      /^Wrong\.run cannot be served: it is a property or an accessor. Write it as a method: run\(/,
    ],
    [
      'a property',
      () => {
        class Wrong {
          @(untyped(McpPrompt({ description: 'x' })) as PropertyDecorator)
          run = () => 'x';
        }
        return Wrong;
      },
      /^Wrong\.run .*property/,
    ],
    [
      'a method whose name is a symbol',
      () => {
        const run = Symbol('run');
        class Wrong {
          @(untyped(McpTool({ description: 'x' })) as MethodDecorator)
          [run]() {}
        }
        return Wrong;
      },
      /^Wrong\.Symbol\(run\) .*Give the method a name/,
    ],
    [
      'a decorator without options',
      () => {
        class Wrong {
          @((McpTool as any)())
          run() {}
        }
        return Wrong;
      },
      /^Wrong\.run .*@McpTool\(\) has no options\. Give at least @McpTool\(\{ description/,
    ],
    [
      'a template without options',
      () => {
        class Wrong {
          @((McpResourceTemplate as any)())
          run() {}
        }
        return Wrong;
      },
      /^Wrong\.run .*@McpResourceTemplate\(\) has no options/,
    ],
    [
      'a completion without options',
      () => {
        class Wrong {
          @((McpCompletion as any)())
          run() {}
        }
        return Wrong;
      },
      /^Wrong\.run .*@McpCompletion\(\) has no options/,
    ],
  ])('%s', (_, declare, message) => {
    expect(declare).toThrow(InvalidHandlerError);
    expect(declare).toThrow(message);
  });

  const withInput = (input: unknown) => {
    class Wrong {
      @((McpTool as any)({ description: 'x', input }))
      run() {}
    }
    return Wrong;
  };

  it.each<[string, unknown, RegExp]>([
    ['a date', z.object({ at: z.date() }), /cannot be written as JSON Schema \(Date /],
    ['a map', z.object({ all: z.map(z.string(), z.string()) }), /cannot be written as JSON Schema/],
    ['no object', z.string(), /its arguments are an object.*z\.object\(/],
    [
      'fields without a schema around them',
      { a: z.string() },
      /is not a schema. Wrap the fields.*z\.object/,
    ],
    [
      'a library without JSON Schema',
      { '~standard': { version: 1, vendor: 'old', validate: (value: unknown) => ({ value }) } },
      /does not write JSON Schema. Use zod 4\.2 or later/,
    ],
  ])('an input schema that is %s', async (_, input, message) => {
    const start = boot([withInput(input)]);
    await expect(start).rejects.toThrow(InvalidHandlerError);
    await expect(start).rejects.toThrow(/^Wrong\.run cannot be served/);
    await expect(start).rejects.toThrow(message);
  });

  it('one name in two features', async () => {
    class BillingTools {
      @McpTool({ name: 'list', description: 'x' })
      invoices() {}
    }
    class NotesTools {
      @McpTool({ name: 'list', description: 'x' })
      notes() {}
    }
    @Module({ providers: [BillingTools] })
    class BillingModule {}
    @Module({ providers: [NotesTools] })
    class NotesModule {}
    const start = boot([], { metadata: { imports: [BillingModule, NotesModule] } });
    await expect(start).rejects.toThrow(DuplicateEntryError);
    await expect(start).rejects.toThrow(
      'Two tools are named "list": BillingTools.invoices and NotesTools.notes. Give one of them another name.',
    );
  });
});
