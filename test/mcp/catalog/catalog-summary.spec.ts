import { Injectable } from '@nestjs/common';
import { expect, it } from 'vitest';
import { McpPrompt } from '../../../src/mcp/authoring/mcp-prompt.decorator.js';
import { McpResource } from '../../../src/mcp/authoring/mcp-resource.decorator.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { mcpApp } from '../fixtures.js';

@Injectable()
class Notes {
  @McpTool({ description: 'Adds' })
  add() {
    return 1;
  }

  @McpTool({ description: 'Lists', name: 'list_notes' })
  list() {
    return 1;
  }

  @McpResource({ uri: 'notes://all' })
  all() {
    return 'all';
  }

  @McpPrompt({ description: 'Reviews' })
  review() {
    return 'text';
  }
}

it('the start says how many entries a server has, and which', async () => {
  const { log } = await mcpApp([Notes], { name: 'notes', path: 'tools/mcp' });
  const lines = log.lines.filter((line) => line.includes('notes at /tools/mcp'));
  expect(lines).toEqual([
    'notes at /tools/mcp serves 2 tools, 1 resource, 0 resource templates and 1 prompt. Sign-in mode connect: anonymous clients are asked to sign in when they connect. | McpModule',
    'notes at /tools/mcp, tools: add (Notes.add), list_notes (Notes.list) | McpModule',
    'notes at /tools/mcp, resources: notes://all (Notes.all) | McpModule',
    'notes at /tools/mcp, prompts: review (Notes.review) | McpModule',
  ]);
});

it('the start warns of a server without entries, unless they come later', async () => {
  const empty = await mcpApp([]);
  expect(empty.log.lines).toContainEqual(
    expect.stringMatching(/^test at \/mcp has no entries: .* Add the class to the providers/),
  );
  const dynamic = await mcpApp([], { dynamic: true });
  expect(dynamic.log.lines).toContainEqual(expect.stringMatching(/^test at \/mcp serves 0 tools/));
});
