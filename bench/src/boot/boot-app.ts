import { Injectable, Module, type Type } from '@nestjs/common';
import { z } from 'zod';
import { ClerkAuthGuard, ClerkAuthModule, McpModule, McpTool } from '../../../dist/index.js';
import type { SubjectSettings } from '../settings.js';
import { clerkOptions } from '../subjects/clerk-options.js';
import type { AppShape } from './app-shape.js';

/** Declares the application of a shape, as its files would when they are imported. */
export function declareApp(
  { plain, hosts, toolsPerHost, schemasAlone = 0 }: AppShape,
  settings: SubjectSettings,
): Type {
  const providers = [
    ...Array.from({ length: plain }, (_, at) => declareProvider(at)),
    ...Array.from({ length: hosts }, (_, at) => declareHost(at, toolsPerHost)),
  ];
  // Kept by the class, as those of tools are.
  const schemas = Array.from({ length: schemasAlone }, (_, at) => declareSchemas(`tool_${at}`));
  @Module({
    imports: [
      ClerkAuthModule.forRoot(clerkOptions(settings)),
      McpModule.forRoot({ name: 'bench', version: '1.0.0', guards: [ClerkAuthGuard] }),
    ],
    providers,
  })
  class BootModule {
    static readonly schemas = schemas;
  }
  return BootModule;
}

/** Input and output schemas that a tool declares, new for each. */
export function declareSchemas(tool: string) {
  return {
    input: z.object({
      workspace: z.string().min(1).describe(`Identifier of the workspace that ${tool} works in`),
      query: z.string().max(500).optional().describe('Words that what is found must contain'),
      state: z.enum(['open', 'closed', 'all']).default('open').describe('Which ones to return'),
      limit: z.number().int().min(1).max(100).default(20).describe('How many at most'),
    }),
    output: z.object({
      total: z.number().int().describe('How many there are'),
      items: z.array(z.object({ id: z.string(), title: z.string(), open: z.boolean() })),
      next: z.string().optional().describe('Cursor of the next page'),
    }),
  };
}

function declareProvider(at: number): Type {
  @Injectable()
  class Provider {
    greet(): string {
      return `I am ${at}`;
    }
  }
  return named(Provider, `Provider${at}`);
}

function declareHost(at: number, tools: number): Type {
  class Host {}
  const type = named(Host, `Host${at}`);
  Injectable()(type);
  for (let tool = 0; tool < tools; tool += 1) {
    const method = `search_${at}_${tool}`;
    const { input, output } = declareSchemas(method);
    const search = ({ limit }: z.infer<typeof input>): z.infer<typeof output> => ({
      total: limit,
      items: [{ id: 'item_1', title: 'The first', open: true }],
    });
    const descriptor = { value: search, writable: true, enumerable: false, configurable: true };
    Object.defineProperty(type.prototype, method, descriptor);
    McpTool({
      description: `Searches the items of workspace ${at} by their words and state.`,
      input,
      output,
      annotations: { readOnlyHint: true },
    })(type.prototype as object, method, descriptor);
  }
  return type;
}

function named(type: Type, name: string): Type {
  Object.defineProperty(type, 'name', { value: name });
  return type;
}
