import {
  Injectable,
  Module,
  Scope,
  type CallHandler,
  type CanActivate,
  type DynamicModule,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
  type Provider,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { ClsModule } from 'nestjs-cls';
import { tap } from 'rxjs';
import { z } from 'zod';
import {
  ClerkAuthGuard,
  ClerkAuthModule,
  ClerkContext,
  McpModule,
  McpTool,
} from '../../../dist/index.js';
import { readSettings } from '../settings.js';
import { clerkOptions } from './clerk-options.js';
import { ECHO_DESCRIPTION, Echo, EchoInput } from './echo.js';
import { serveNest } from './serve-nest.js';

// `echo` in an application that puts something around it, or makes it per request. The argument of the
// process says what; without one, the application has nothing of its own.

let passed = 0;

@Injectable()
class CountingGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    passed += context.getType<string>() === 'mcp' ? 1 : 0;
    return true;
  }
}

@Injectable()
class CountingInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(tap(() => (passed += 1)));
  }
}

const Something = z.object({}).loose();

/** Validates every parameter, as pipes of the zod packages for Nest do where a class has no schema. */
@Injectable()
class ZodPipe implements PipeTransform {
  transform(value: unknown): unknown {
    return value instanceof Object && 'message' in value ? Something.parse(value) : value;
  }
}

interface Application {
  readonly imports?: readonly DynamicModule[];
  readonly providers?: readonly Provider[];
  readonly scope?: Scope;
}

const APPLICATIONS: Readonly<Record<string, Application>> = {
  guard: { providers: [{ provide: APP_GUARD, useClass: CountingGuard }] },
  interceptor: { providers: [{ provide: APP_INTERCEPTOR, useClass: CountingInterceptor }] },
  cls: { imports: [ClsModule.forRoot()] },
  'cls-middleware': { imports: [ClsModule.forRoot({ middleware: { mount: true } })] },
  pipe: { providers: [{ provide: APP_PIPE, useClass: ZodPipe }] },
  request: { scope: Scope.REQUEST },
};

const [what = ''] = process.argv.slice(2);
const { imports = [], providers = [], scope = Scope.DEFAULT } = APPLICATIONS[what] ?? {};
const settings = readSettings();

@Injectable({ scope })
class EchoTools {
  constructor(private readonly clerk: ClerkContext) {}

  @McpTool({ description: ECHO_DESCRIPTION, input: EchoInput, output: Echo })
  echo({ message }: z.infer<typeof EchoInput>): Echo {
    const { userId = '' } = this.clerk.principal ?? {};
    return { message, timestamp: new Date().toISOString(), userId };
  }
}

@Module({
  imports: [
    ...imports,
    ClerkAuthModule.forRoot({ ...clerkOptions(settings), jwtKey: settings.jwtKey }),
    McpModule.forRoot({ name: 'bench', version: '1.0.0', guards: [ClerkAuthGuard] }),
  ],
  providers: [EchoTools, ...providers],
})
class BenchModule {}

await serveNest(BenchModule);
