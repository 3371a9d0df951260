import {
  Controller,
  Injectable,
  Module,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { verifyToken } from '@clerk/backend';
import {
  McpController,
  McpHttpControllerFor,
  McpStrategy,
  StreamableHttpTransport,
  Tool,
} from '@rekog/mcp-nest';
import { ClsModule, ClsService } from 'nestjs-cls';
import type { z } from 'zod';
import { readSettings } from '../settings.js';
import { ECHO_DESCRIPTION, Echo, EchoInput } from './echo.js';
import { serveNest } from './serve-nest.js';

const { jwtKey } = readSettings();
/** Sessions for its 2025 leg, as ours has them, and replies in JSON, which are the cheaper ones. */
const transport = new StreamableHttpTransport({ statefulMode: true, enableJsonResponse: true });
const strategy = new McpStrategy({
  name: 'bench',
  version: '1.0.0',
  transports: [transport],
  logging: false,
});

/** What a Clerk user writes by the book: `verifyToken` in a guard, the user in nestjs-cls. */
@Injectable()
class ClerkGuard implements CanActivate {
  constructor(private readonly cls: ClsService) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request: { headers: Record<string, string>; user?: unknown } = context
      .switchToHttp()
      .getRequest();
    const token = request.headers['authorization']?.replace(/^Bearer /, '') ?? '';
    const claims = await verifyToken(token, { jwtKey });
    request.user = claims;
    this.cls.set('userId', claims.sub);
    return true;
  }
}

@Controller('mcp')
@UseGuards(ClerkGuard)
class EndpointController extends McpHttpControllerFor(transport) {}

@McpController()
class EchoController {
  constructor(private readonly cls: ClsService) {}

  @Tool({ name: 'echo', description: ECHO_DESCRIPTION, parameters: EchoInput, outputSchema: Echo })
  echo(@Payload() { message }: z.infer<typeof EchoInput>): Echo {
    const userId: string = this.cls.get('userId') ?? '';
    return { message, timestamp: new Date().toISOString(), userId };
  }
}

@Module({
  imports: [ClsModule.forRoot({ global: true, middleware: { mount: true } })],
  controllers: [EndpointController, EchoController],
})
class BenchModule {}

await serveNest(BenchModule, (app) => {
  strategy.setHttpAdapter(app.getHttpAdapter());
  app.connectMicroservice({ strategy });
  return app.startAllMicroservices();
});
