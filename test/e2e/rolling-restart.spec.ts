import { Injectable } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterEach, expect, it } from 'vitest';
import { Public } from '../../src/access/access.decorators.js';
import { ClerkAuthGuard } from '../../src/clerk/http/clerk-auth.guard.js';
import { ClerkAuthModule } from '../../src/clerk/clerk-auth.module.js';
import { startClerkEmulator, type ClerkEmulator } from '../../src/emulator/index.js';
import { ServiceDrain } from '../../src/drain/service-drain.js';
import { HealthModule } from '../../src/health/health.module.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpModule } from '../../src/mcp/mcp.module.js';
import { freePort } from '../support/free-port.js';
import { callTool, ERAS, send } from '../support/mcp-request.js';
import { RoundRobin } from '../../examples/demo-nodes/round-robin.js';
import { SteppedPauses } from '../support/stepped-pauses.js';
import { within } from '../support/within.js';

@Public()
@Injectable()
class Tools {
  private started: () => void = () => undefined;
  private release: () => void = () => undefined;
  readonly hasStarted = new Promise<void>((resolve) => (this.started = resolve));
  private readonly released = new Promise<void>((resolve) => (this.release = resolve));

  @McpTool({ description: 'Answers at once' })
  quick() {
    return 'quick';
  }

  @McpTool({ description: 'Runs until it is released' })
  async long() {
    this.started();
    await this.released;
    return 'long';
  }

  end(): void {
    this.release();
  }
}

interface Node {
  readonly app: NestFastifyApplication;
  readonly pauses: SteppedPauses;
}

let clerk: ClerkEmulator;
let balancer: RoundRobin;
const nodes = new Map<string, Node>();
afterEach(async () => {
  await balancer.close();
  await Promise.all([...nodes.values()].map(({ app }) => app.close()));
  await clerk.close();
});

async function startNode(origin: string): Promise<void> {
  const pauses = new SteppedPauses();
  const builder = Test.createTestingModule({
    imports: [
      ClerkAuthModule.forRoot({
        secretKey: clerk.secretKey,
        clerkDomain: clerk.url,
        apiURL: clerk.url,
        baseURL: origin,
      }),
      McpModule.forRoot({ name: 'node', version: '1.0.0', guards: [ClerkAuthGuard] }),
      HealthModule,
    ],
    providers: [Tools],
  });
  const module = await pauses.override(builder).compile();
  const adapter = new FastifyAdapter({ forceCloseConnections: true });
  const app = module.createNestApplication<NestFastifyApplication>(adapter, { logger: false });
  await app.listen(new URL(origin).port, '127.0.0.1');
  nodes.set(origin, { app, pauses });
}

it('A rolling restart behind a load balancer loses no stateless call', async () => {
  clerk = await startClerkEmulator();
  const origins = [await freePort(), await freePort()].map((port) => `http://127.0.0.1:${port}`);
  for (const origin of origins) await startNode(origin);
  balancer = new RoundRobin(origins);
  const url = `${await balancer.listen()}/mcp`;
  for (const origin of origins) await balancer.until(origin, 'in');

  const answers = new Map<number, number>();
  const over = new AbortController();
  const load = ERAS.flatMap((era) => [era, era]).map(async (era) => {
    const params = { name: 'quick', arguments: {} };
    while (!over.signal.aborted) {
      // Without a session, a 2025-era call is stateless as well.
      const { status } = await send(url, 'tools/call', params, { era });
      answers.set(status, (answers.get(status) ?? 0) + 1);
    }
  });

  for (const origin of origins) {
    const node = nodes.get(origin);
    if (!node) throw new Error('no node');
    const tools = node.app.get(Tools);
    const running = callTool(`${origin}/mcp`, 'long');
    await tools.hasStarted;
    const drained = node.app.get(ServiceDrain).drain();
    // The drain goes on: that the balancer notices does not depend on how fast it is.
    await within(balancer.until(origin, 'out'), 'the notice of the balancer');
    node.pauses.end();
    tools.end();
    await within(drained, 'the drain');
    expect((await running).status).toBe(200);
    await node.app.close();
    await startNode(origin);
    await within(balancer.until(origin, 'in'), 'the notice of the balancer');
  }
  over.abort();
  await Promise.all(load);
  expect([...answers.keys()]).toEqual([200]);
  expect(answers.get(200)).toBeGreaterThan(origins.length);
});
