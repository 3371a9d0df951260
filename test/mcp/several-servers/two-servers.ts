import {
  Controller,
  Get,
  Injectable,
  Module,
  UseGuards,
  type ExecutionContext,
} from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Public, RequireScopes } from '../../../src/access/access.decorators.js';
import { AccessRefusedError } from '../../../src/access/access.errors.js';
import { principalOf } from '../../../src/request/request-record.js';
import { ResourcePath } from '../../../src/request/guard-phase.js';
import { AuthModule } from '../../../src/auth/auth.module.js';
import { ClerkAuthGuard } from '../../../src/clerk/http/clerk-auth.guard.js';
import { ClerkAuthModule } from '../../../src/clerk/clerk-auth.module.js';
import type { ClerkAuthOptions } from '../../../src/clerk/clerk-auth.options.js';
import { startClerkEmulator, type ClerkEmulator } from '../../../src/emulator/index.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import type { McpContext } from '../../../src/mcp/authoring/mcp-context.js';
import { McpModule } from '../../../src/mcp/mcp.module.js';
import { optionsOf } from '../../support/clerk-app.js';
import { freePort } from '../../support/free-port.js';
import { signingKey } from '../../support/signing-key.js';

@Injectable()
class NotesTools {
  @McpTool({ description: 'Reads the notes' })
  readNotes(_input: unknown, { principal }: McpContext) {
    return `notes of ${principal?.subject}`;
  }

  @Public()
  @McpTool({ description: 'Says hello' })
  hello() {
    return 'hello from notes';
  }
}

@Injectable()
class AdminTools {
  @McpTool({ description: 'Counts the users' })
  countUsers() {
    return 3;
  }

  @RequireScopes('user:org:read')
  @McpTool({ description: 'Lists the organizations' })
  listOrganizations() {
    return [];
  }

  /** The same name as a tool of the other server. */
  @Public()
  @McpTool({ description: 'Says hello' })
  hello() {
    return 'hello from admin';
  }
}

/** Of no server: neither includes its module. */
@Injectable()
class StrayTools {
  @Public()
  @McpTool({ description: 'Must not be served' })
  stray() {
    return 'stray';
  }
}

@Module({ providers: [NotesTools] })
export class NotesModule {}

@Module({ providers: [AdminTools] })
export class AdminModule {}

/** An ordinary route that belongs to the admin server. */
@ResourcePath('admin')
@UseGuards(ClerkAuthGuard)
@Controller('export')
class ExportController {
  @Get()
  read() {
    return { users: 3 };
  }
}

/** Lets Ada in, and nobody else who is signed in. */
@Injectable()
export class AdaGuard extends ClerkAuthGuard {
  static ada = '';

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    await super.canActivate(context);
    const principal = principalOf(context.switchToHttp().getRequest());
    if (!principal || principal.subject === AdaGuard.ada) return true;
    throw new AccessRefusedError({ reason: 'forbidden', description: 'This is for Ada.' });
  }
}

export interface TwoServers {
  readonly app: NestFastifyApplication;
  readonly clerk: ClerkEmulator;
  readonly baseURL: string;
  readonly notes: string;
  readonly admin: string;
  stop(): Promise<void>;
}

/** One application with two servers: notes for everybody, admin for Ada. */
export async function startTwoServers(
  options: Partial<ClerkAuthOptions> = {},
): Promise<TwoServers> {
  const clerk = await startClerkEmulator({ signingKey: signingKey() });
  AdaGuard.ada = clerk.users.get('ada@example.com').id;
  const port = await freePort();
  const baseURL = `http://127.0.0.1:${port}`;
  const module = await Test.createTestingModule({
    imports: [
      ClerkAuthModule.forRoot({
        ...optionsOf(clerk, baseURL),
        ...options,
      }),
      McpModule.forRoot({
        name: 'notes',
        version: '1.0.0',
        path: 'notes/mcp',
        guards: [ClerkAuthGuard],
        include: [NotesModule],
      }),
      McpModule.forRootAsync({
        path: '/admin/',
        guards: [AdaGuard],
        include: [AdminModule, AuthModule],
        useFactory: () => ({ name: 'admin', version: '2.0.0' }),
      }),
      NotesModule,
      AdminModule,
      AuthModule,
    ],
    controllers: [ExportController],
    providers: [AdaGuard, StrayTools],
  }).compile();
  const app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), {
    logger: false,
  });
  await app.listen(port, '127.0.0.1');
  const stop = async () => {
    await app.close();
    await clerk.close();
  };
  return { app, clerk, baseURL, notes: `${baseURL}/notes/mcp`, admin: `${baseURL}/admin`, stop };
}
