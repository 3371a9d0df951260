import { Injectable, Module, type Type } from '@nestjs/common';
import {
  ClerkAuthGuard,
  ClerkAuthModule,
  McpModule,
  McpTool,
  RequireRole,
} from '../../../dist/index.js';
import { readSettings } from '../settings.js';
import { clerkOptions } from './clerk-options.js';
import { ECHO_DESCRIPTION, Echo, EchoInput } from './echo.js';
import { serveNest } from './serve-nest.js';

/** So many tools for every caller, and a tenth more that none may use, on one page. */
const visible = Number(process.argv[2]);
const hidden = Math.ceil(visible / 10);

@Injectable()
class ListedTools {}

for (let at = 0; at < visible; at += 1) addTool(`echo_${at}`);
for (let at = 0; at < hidden; at += 1) addTool(`hidden_${at}`, RequireRole('org:nobody'));

@Module({
  imports: [
    ClerkAuthModule.forRoot(clerkOptions(readSettings())),
    McpModule.forRoot({
      name: 'bench',
      version: '1.0.0',
      guards: [ClerkAuthGuard],
      pageSize: visible,
    }),
  ],
  providers: [ListedTools],
})
class BenchModule {}

await serveNest(BenchModule);

function addTool(name: string, ...decorators: readonly MethodDecorator[]): void {
  const { prototype } = ListedTools as Type<object>;
  const echo = ({ message }: { message: string }): Echo => ({
    message,
    timestamp: new Date().toISOString(),
    userId: 'nobody',
  });
  const descriptor = { value: echo, writable: true, enumerable: false, configurable: true };
  Object.defineProperty(prototype, name, descriptor);
  for (const decorate of decorators) decorate(prototype, name, descriptor);
  McpTool({ description: ECHO_DESCRIPTION, input: EchoInput, output: Echo })(
    prototype,
    name,
    descriptor,
  );
}
