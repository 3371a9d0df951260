import {
  Body,
  Controller,
  HttpCode,
  Injectable,
  Module,
  Post,
  Req,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { readSettings } from '../settings.js';
import { serveNest } from './serve-nest.js';
import { Verdicts } from './verdicts.js';

const verdicts = new Verdicts(readSettings());

interface BenchRequest {
  readonly headers: Readonly<Record<string, string>>;
  userId?: string;
}

class Call {
  readonly id!: number;
  readonly params!: { readonly arguments?: { readonly message?: string } };
}

/** The cached-token check of the floor, as a guard. */
@Injectable()
class VerdictGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<BenchRequest>();
    const userId = await verdicts.userOf(request.headers['authorization']);
    if (userId !== undefined) request.userId = userId;
    return userId !== undefined;
  }
}

/** A route of Nest that answers as the floor does. */
@Controller('mcp')
@UseGuards(VerdictGuard)
class EchoController {
  @Post()
  @HttpCode(200)
  echo(@Req() request: BenchRequest, @Body() { id, params }: Call): object {
    const structuredContent = {
      message: params.arguments?.message ?? '',
      timestamp: new Date().toISOString(),
      userId: request.userId,
    };
    return {
      jsonrpc: '2.0',
      id,
      result: {
        content: [{ type: 'text', text: JSON.stringify(structuredContent) }],
        structuredContent,
        resultType: 'complete',
        _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'bench', version: '1.0.0' } },
      },
    };
  }
}

@Module({ controllers: [EchoController] })
class BenchModule {}

await serveNest(BenchModule);
