import { Controller, Injectable } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Public } from '../../../src/access/access.decorators.js';
import { McpCompletion, McpPrompt } from '../../../src/mcp/authoring/mcp-prompt.decorator.js';
import {
  McpResourceTemplate,
  McpResource,
} from '../../../src/mcp/authoring/mcp-resource.decorator.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { boot } from '../fixtures.js';

/** A provider `Served` whose one method `entry` has these decorators. */
function served(...decorators: ((target: any, key: string, descriptor: any) => void)[]) {
  @Injectable()
  class Served {
    entry(): unknown {
      return '';
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Served.prototype, 'entry');
  for (const decorate of decorators) decorate(Served.prototype, 'entry', descriptor);
  return Served;
}

describe('the boot stops, and names the method,', () => {
  it.each(['notes', '/notes', '', 'notes//x', 'http://'])('for the URI "%s"', async (uri) => {
    const Served = served(McpResource({ uri }));
    await expect(boot([Served])).rejects.toThrow(
      /^Served\.entry cannot be served: ".*" is not an absolute/,
    );
  });

  it.each([
    ['notes/{id}', 'has no scheme'],
    ['{+uri}', 'has no scheme'],
    ['notes://all', 'has no variables'],
    ['notes://{id', 'a brace is not closed'],
    ['notes://{}', 'names no variables'],
    ['notes://{id:3}', 'names no variables'],
    ['notes://{id}/{id}', 'id occurs twice'],
    ['notes://find{?q}/{id}', 'after {?'],
  ])('for the template %s', async (uriTemplate, problem) => {
    const booted = boot([served(McpResourceTemplate({ uriTemplate }))]);
    await expect(booted).rejects.toThrow(`Served.entry cannot be served: "${uriTemplate}"`);
    await expect(booted).rejects.toThrow(problem);
  });

  it('for a public cache of what is for signed-in callers', async () => {
    const cache = { ttlMs: 1, scope: 'public' } as const;
    for (const decorator of [
      McpResource({ uri: 'notes://mine', cache }),
      McpResourceTemplate({ uriTemplate: 'notes://{id}', cache }),
    ]) {
      await expect(boot([served(decorator)])).rejects.toThrow(/^Served\.entry .*public cache/);
      await expect(boot([served(decorator, Public())])).resolves.toBeUndefined();
    }
  });

  it.each([-1, 0.5, NaN, Infinity])('for a cache of %s milliseconds', async (ttlMs) => {
    const cache = { ttlMs, scope: 'private' } as const;
    await expect(boot([served(McpResource({ uri: 'notes://mine', cache }))])).rejects.toThrow(
      /^Served\.entry cannot be served: ttlMs/,
    );
  });

  it.each(['', 'x'.repeat(257)])('for the prompt named "%s"', async (name) => {
    await expect(boot([served(McpPrompt({ name }))])).rejects.toThrow(
      /^Served\.entry .*is not a valid name of a prompt/,
    );
  });

  it('for arguments of a prompt that are no object', async () => {
    const Served = served(McpPrompt({ input: z.string() }));
    await expect(boot([Served])).rejects.toThrow(/^Served\.entry .*arguments are an object/);
  });

  it.each([
    ['a tool and a resource', McpTool({ description: '' }), McpResource({ uri: 'x://y' })],
    ['a prompt and a completion', McpPrompt({}), McpCompletion({ prompt: 'entry', argument: 'a' })],
    [
      'a resource and a resource template',
      McpResource({ uri: 'x://y' }),
      McpResourceTemplate({ uriTemplate: 'x://{y}' }),
    ],
  ] as [string, ...any[]][])('for a method that is %s at once', async (both, ...decorators) => {
    await expect(boot([served(...decorators)])).rejects.toThrow(
      `Served.entry cannot be served: it is ${both}`,
    );
  });

  it.each([
    ['resource', 'x://y', () => McpResource({ uri: 'x://y' })],
    ['resource template', 'x://{y}', () => McpResourceTemplate({ uriTemplate: 'x://{y}' })],
    ['prompt', 'p', () => McpPrompt({ name: 'p' })],
    ['completion', 'p', () => McpCompletion({ prompt: 'p', argument: 'a' })],
  ])('for two of the same %s', async (kind, key, decorate) => {
    const booted = boot([served(decorate()), served(decorate())]);
    await expect(booted).rejects.toThrow(
      new RegExp(`^(Two|The) ${kind}.*${key.replace('{', '.')}`),
    );
  });

  it('for a resource on a controller', async () => {
    @Controller()
    class Mistaken {
      @McpResource({ uri: 'x://y' })
      entry() {}
    }
    await expect(boot([], { metadata: { controllers: [Mistaken] } })).rejects.toThrow(
      'Mistaken.entry cannot be served: it is on a controller',
    );
  });
});
