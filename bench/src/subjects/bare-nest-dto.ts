import {
  Body,
  Controller,
  Header,
  HttpCode,
  Module,
  Post,
  Req,
  UseGuards,
  ValidationPipe,
} from '@nestjs/common';
import { answersOfProcess } from './bare-answer.js';
import { BareGuard, type BareRequest } from './bare-nest-guard.js';
import { EchoDto } from './echo-dto.js';
import { serveNest } from './serve-nest.js';

const answers = answersOfProcess();

/** A route of Nest whose body is a class that ValidationPipe checks, with the answer of its model. */
@Controller('mcp')
@UseGuards(BareGuard)
class EchoController {
  @Post()
  @HttpCode(200)
  @Header('content-type', 'application/json')
  echo(@Req() request: BareRequest, @Body() dto: EchoDto): string | object {
    return answers.bodyOf({ id: 1, params: { arguments: dto } }, request.userId);
  }
}

@Module({ controllers: [EchoController] })
class BenchModule {}

await serveNest(BenchModule, async (app) => {
  app.useGlobalPipes(new ValidationPipe({ transform: true, whitelist: true }));
});
