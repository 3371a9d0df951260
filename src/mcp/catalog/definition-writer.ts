import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { McpCatalog } from './mcp-catalog.js';

/**
 * Writes the schemas of the tools once the application has started, a few at a time between its calls,
 * so that the start need not wait for them, and the first list seldom has to.
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
        // What is read is written.
        Object.values(definition);
      } catch (error) {
        this.logger.error(`${source} cannot be listed`, error);
      }
    }
  }
}

/** What a call may have to wait, in milliseconds. */
const SLICE_MS = 2;
const PAUSE_MS = 10;
