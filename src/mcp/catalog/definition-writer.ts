import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { McpCatalog } from './mcp-catalog.js';
import { logFailure } from '../../request/log-failure.js';

/**
 * Generates the JSON Schemas of the tools after the start of the application, a few at a time, so
 * that neither the start nor, in most cases, the first `tools/list` has to wait for them.
 */
@Injectable()
export class DefinitionWriter implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('McpCatalog');
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly catalog: McpCatalog) {}

  onApplicationBootstrap(): void {
    this.writeLater(0);
  }

  onModuleDestroy(): void {
    clearTimeout(this.timer);
  }

  private writeLater(from: number): void {
    this.timer = setTimeout(() => this.write(from), PAUSE_MS).unref();
  }

  private write(from: number): void {
    const until = performance.now() + SLICE_MS;
    for (const [at, { source, definition }] of this.catalog.tools.all.slice(from).entries()) {
      if (performance.now() >= until) return this.writeLater(from + at);
      try {
        // Reading a lazy schema generates it.
        Object.values(definition);
      } catch (error) {
        logFailure(this.logger, `${source} cannot be listed`, error);
      }
    }
  }
}

/** Longest delay for a call, in milliseconds. */
const SLICE_MS = 2;
const PAUSE_MS = 10;
