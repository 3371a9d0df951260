import { Injectable, Module, type OnApplicationBootstrap } from '@nestjs/common';
import {
  ClerkAuthGuard,
  ClerkAuthModule,
  McpModule,
  McpNotifier,
  McpResource,
} from '../../../dist/index.js';
import { RedisModule } from '../../../dist/redis/index.js';
import { CLUSTER_SECRET, readSettings } from '../settings.js';
import { clerkOptions } from './clerk-options.js';
import { EchoTools } from './echo-tools.js';
import { serveNest } from './serve-nest.js';

/** A node whose sessions are told of a change whenever the runner says so. Arguments: URL of Redis, prefix. */
const [url = '', prefix = ''] = process.argv.slice(2);

@Injectable()
class Changes implements OnApplicationBootstrap {
  constructor(private readonly notifier: McpNotifier) {}

  onApplicationBootstrap(): void {
    process.on('message', (message) => {
      if (message === 'resource updated') this.notifier.resourceUpdated('clock://now');
      if (message === 'list changed') this.notifier.toolsChanged();
    });
  }

  @McpResource({ uri: 'clock://now' })
  now(): string {
    return new Date().toISOString();
  }
}

@Module({
  imports: [
    RedisModule.forRoot({ url, prefix, secret: CLUSTER_SECRET }),
    ClerkAuthModule.forRoot(clerkOptions(readSettings())),
    McpModule.forRoot({
      name: 'bench',
      version: '1.0.0',
      guards: [ClerkAuthGuard],
      sessions: { max: 20_000, maxPerPrincipal: 100 },
    }),
  ],
  providers: [Changes, EchoTools],
})
class BenchModule {}

await serveNest(BenchModule);
