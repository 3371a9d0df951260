import { Injectable } from '@nestjs/common';
import * as z from 'zod';
import { Public } from '../../../src/access/access.decorators.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import type { McpContext } from '../../../src/mcp/authoring/mcp-context.js';
import { eventually } from '../../support/within.js';

/**
 * How a call behaves: `deaf` and `open` stay on the fast path, and `deaf` ignores that it is
 * cancelled; `aware` reads its signal and `loud` logs, for which the SDK takes a call over.
 */
export const WAYS = ['deaf', 'aware', 'loud', 'reports'] as const;
export type Way = (typeof WAYS)[number];

/** Calls that end when the test says so. */
@Injectable()
@Public()
export class HeldCalls {
  private readonly held = new Map<
    string,
    { release: () => void; say: (text: string) => unknown }
  >();
  /** The ids under which handlers knew their calls. */
  readonly ids = new Map<string, unknown>();
  /** What became of calls that were told of their end. */
  readonly aborted = new Set<string>();

  @McpTool({
    description: 'Waits for the test',
    input: z.object({ tag: z.string(), way: z.enum(WAYS) }),
  })
  async hold({ tag, way }: { tag: string; way: Way }, context: McpContext) {
    this.ids.set(tag, context.requestId);
    if (way === 'loud') await context.log('warning', `begun ${tag}`);
    if (way === 'reports') await context.progress(1, 2, `begun ${tag}`);
    await new Promise<void>((resolve) => {
      this.held.set(tag, { release: resolve, say: (text) => context.log('warning', text) });
      if (way !== 'aware') return;
      const abort = () => {
        this.aborted.add(tag);
        resolve();
      };
      if (context.signal.aborted) abort();
      else context.signal.addEventListener('abort', abort, { once: true });
    });
    if (way === 'loud') await context.log('warning', `ending ${tag}`);
    this.held.delete(tag);
    return `answer of ${tag}`;
  }

  runs(tag: string): boolean {
    return this.held.has(tag);
  }

  /** Logs for a call. */
  say(tag: string, text: string): unknown {
    return this.held.get(tag)?.say(text);
  }

  async release(tag: string): Promise<void> {
    await eventually(() => {
      if (!this.held.has(tag)) throw new Error(`${tag} does not run`);
    });
    this.held.get(tag)?.release();
  }

  releaseAll(): void {
    for (const { release } of this.held.values()) release();
  }
}
