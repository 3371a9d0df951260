import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { ClerkAuthGuard, ClerkAuthModule, McpModule } from 'nestjs-clerk-mcp';
import { RedisModule } from 'nestjs-clerk-mcp/redis';
import { PrintModule } from './print.module.js';

const { REDIS_URL = 'redis://localhost:6379', CLUSTER_SECRET = '', BASE_URL = '' } = process.env;

/** Any number of processes with this module, behind any load balancer, are one service. */
@Module({
  imports: [
    RedisModule.forRoot({ url: REDIS_URL, secret: CLUSTER_SECRET }),
    BullModule.forRoot({ connection: { url: REDIS_URL } }),
    ClerkAuthModule.forRoot({
      publishableKey: process.env['CLERK_PUBLISHABLE_KEY'] ?? '',
      secretKey: process.env['CLERK_SECRET_KEY'] ?? '',
      baseURL: BASE_URL,
    }),
    McpModule.forRoot({
      name: 'printer',
      version: '1.0.0',
      guards: [ClerkAuthGuard],
      // The worker injects McpTasks.
      isGlobal: true,
    }),
    PrintModule,
  ],
})
export class AppModule {}
