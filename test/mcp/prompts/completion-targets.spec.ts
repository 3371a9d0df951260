import { Injectable } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  McpCompletion,
  McpPrompt,
  McpResourceTemplate,
  type McpCompletionOptions,
} from '../../../src/index.js';
import { startMcpApp } from '../fixtures.js';

function hostOf(options: McpCompletionOptions) {
  @Injectable()
  class Host {
    @McpPrompt({ input: z.object({ topic: z.string() }) })
    review() {
      return 'x';
    }

    @McpResourceTemplate({ uriTemplate: 'notes://{id}' })
    note({ id }: { id: string }) {
      return id;
    }

    @McpCompletion(options)
    complete() {
      return ['x'];
    }
  }
  return Host;
}

describe('A completion', () => {
  it.each([
    { prompt: 'nope', argument: 'topic' },
    { prompt: 'review', argument: 'nope' },
    { uriTemplate: 'notes://{nope}', variable: 'nope' },
    { uriTemplate: 'notes://{id}', variable: 'nope' },
  ])('stops the boot when there is nothing to complete: %j', async (options) => {
    await expect(startMcpApp([hostOf(options)])).rejects.toThrow(
      /Host\.complete cannot be served: it completes .* which does not exist/,
    );
  });

  it.each([
    { prompt: 'review', argument: 'topic' },
    { uriTemplate: 'notes://{id}', variable: 'id' },
  ])('completes what is there: %j', async (options) => {
    const { app } = await startMcpApp([hostOf(options)]);
    await app.close();
  });

  it('may be there before its prompt, where the catalog changes while it runs', async () => {
    const options = { prompt: 'later', argument: 'topic' };
    const { app } = await startMcpApp([hostOf(options)], { dynamic: true });
    await app.close();
  });
});
