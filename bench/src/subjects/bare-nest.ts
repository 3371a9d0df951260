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
import { bareAnswer, type BareCall } from './bare-answer.js';
import { serveNest } from './serve-nest.js';
import { Verdicts } from './verdicts.js';

const verdicts = new Verdicts(readSettings());

interface BenchRequest {
  readonly headers: Readonly<Record<string, string>>;
  userId?: string;
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
  echo(@Req() request: BenchRequest, @Body() call: BareCall): object {
    return bareAnswer(call, request.userId);
  }
}

@Module({ controllers: [EchoController] })
class BenchModule {}

await serveNest(BenchModule);
