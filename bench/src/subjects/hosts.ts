import {
  Injectable,
  Module,
  Scope,
  UsePipes,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type ModuleMetadata,
  type NestInterceptor,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { ClsModule } from 'nestjs-cls';
import type { Observable } from 'rxjs';
import type { z } from 'zod';
import { ClerkAuthGuard, ClerkAuthModule, McpModule, McpTool } from '../../../dist/index.js';
import { readSettings } from '../settings.js';
import { clerkOptions } from './clerk-options.js';
import { ECHO_DESCRIPTION, Echo, EchoInput } from './echo.js';
import { EchoTools } from './echo-tools.js';
import { serveNest } from './serve-nest.js';

/** The bench module in an application that has something of its own, which the argument names. */
const variant = process.argv[2] as keyof typeof VARIANTS;

@Injectable()
class HostGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.getClass() !== undefined;
  }
}

@Injectable()
class HostInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

/** Parses what fits, and leaves the rest to others, as a global pipe must. */
@Injectable()
class ZodPipe implements PipeTransform {
  transform(value: unknown): unknown {
    const parsed = EchoInput.safeParse(value);
    return parsed.success ? parsed.data : value;
  }
}

@Injectable({ scope: Scope.REQUEST })
class RequestScopedTools extends EchoTools {
  @McpTool({ description: ECHO_DESCRIPTION, input: EchoInput, output: Echo })
  override echo(input: z.infer<typeof EchoInput>): Echo {
    return super.echo(input);
  }
}

@Injectable()
class PipedTools extends EchoTools {
  @UsePipes(ZodPipe)
  @McpTool({ description: ECHO_DESCRIPTION, input: EchoInput, output: Echo })
  override echo(input: z.infer<typeof EchoInput>): Echo {
    return super.echo(input);
  }
}

const VARIANTS = {
  guard: { providers: [{ provide: APP_GUARD, useClass: HostGuard }] },
  interceptor: { providers: [{ provide: APP_INTERCEPTOR, useClass: HostInterceptor }] },
  cls: { imports: [ClsModule.forRoot({ global: true, middleware: { mount: true } })] },
  'global-pipe': { providers: [{ provide: APP_PIPE, useClass: ZodPipe }] },
  pipe: { tools: PipedTools },
  'request-scope': { tools: RequestScopedTools },
} satisfies Readonly<
  Record<string, Pick<ModuleMetadata, 'imports' | 'providers'> & { readonly tools?: Type }>
>;

const {
  imports = [],
  providers = [],
  tools = EchoTools,
}: Pick<ModuleMetadata, 'imports' | 'providers'> & { readonly tools?: Type } = VARIANTS[variant];

@Module({
  imports: [
    ...imports,
    ClerkAuthModule.forRoot(clerkOptions(readSettings())),
    McpModule.forRoot({ name: 'bench', version: '1.0.0', guards: [ClerkAuthGuard] }),
  ],
  providers: [tools, ...providers],
})
class BenchModule {}

await serveNest(BenchModule);
