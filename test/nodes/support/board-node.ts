import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { Board } from '../../../examples/demo-nodes/board.js';
import { createService } from '../../../src/app/app.http.js';
import { AppModule } from '../../../src/app/app.module.js';
import { listen } from '../../../src/app/app.setup.js';
import { Authenticated, McpTool, type McpContext } from '../../../src/index.js';

/** A call that lasts until the test ends it. */
@Authenticated()
@Injectable()
class Reports {
  private readonly released = new Set<() => void>();

  @McpTool({ description: 'Reports, and waits until it is released' })
  async report(_input: unknown, context: McpContext) {
    await context.progress(1, 2, 'started');
    await new Promise<void>((resolve) => this.released.add(resolve));
    await context.progress(2, 2, 'released');
    return { done: true };
  }

  @McpTool({ description: 'Releases the reports of this node' })
  release() {
    for (const release of this.released) release();
    return { released: this.released.size };
  }
}

/** The service, with the tools of the demo and those of the tests. */
@Module({ imports: [AppModule], providers: [Board, Reports] })
class NodeModule {}

await listen(await createService(NodeModule));
