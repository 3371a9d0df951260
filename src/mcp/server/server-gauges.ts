import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { INSTRUMENTATION } from '../../instrumentation/instrumentation.module.js';
import type { Instrumentation } from '../../instrumentation/instrumentation.js';
import type { GaugeName } from '../../instrumentation/metrics.js';
import { MCP_PATH } from '../mcp.tokens.js';
import { McpTasks } from '../tasks/mcp-tasks.js';
import { SdkPath } from './sdk-path.js';

/** Tells the instrumentation what this process has open at the endpoint. */
@Injectable()
export class ServerGauges implements OnModuleInit, OnModuleDestroy {
  private ends: readonly (() => void)[] = [];

  constructor(
    @Inject(INSTRUMENTATION) private readonly instrumentation: Instrumentation,
    private readonly sdk: SdkPath,
    private readonly tasks: McpTasks,
    @Inject(MCP_PATH) private readonly endpoint: string,
  ) {}

  onModuleInit(): void {
    const gauges: Partial<Record<GaugeName, () => number>> = {
      'nestjs_clerk_mcp.sessions': () => this.sdk.sessions.size,
      'nestjs_clerk_mcp.streams': () => this.sdk.streams.size,
      'nestjs_clerk_mcp.calls': () => this.sdk.answers.size,
      'nestjs_clerk_mcp.tasks': () => this.tasks.running,
    };
    const attributes = { endpoint: this.endpoint };
    this.ends = Object.entries(gauges).map(([name, read]) =>
      // `entries` forgets that the names are those of gauges.
      this.instrumentation.gauge(name as GaugeName, () => ({ value: read(), attributes })),
    );
  }

  onModuleDestroy(): void {
    for (const end of this.ends) end();
  }
}
