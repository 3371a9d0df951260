import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { ClerkAuthGuard, ClerkAuthModule, McpModule } from 'nestjs-clerk-mcp';
import { McpExplorerModule } from 'nestjs-clerk-mcp/explorer';
import { ClerkSettings } from './clerk.settings.js';
import { GreetingTools } from './greeting.tools.js';

@Module({
  imports: [
    ConfigModule.forRoot(),
    ClerkAuthModule.forRootAsync({ imports: [ConfigModule], useClass: ClerkSettings }),
    McpModule.forRoot({ name: 'greeting', version: '0.0.1', guards: [ClerkAuthGuard] }),
    McpExplorerModule.forRoot({ redirectRoot: true }),
  ],
  providers: [GreetingTools],
})
export class AppModule {}
