import { Body, Controller, Header, HttpCode, Module, Post, Req, UseGuards } from '@nestjs/common';
import { answersOfProcess, type BareCall } from './bare-answer.js';
import { BareGuard, type BareRequest } from './bare-nest-guard.js';
import { serveNest } from './serve-nest.js';

const answers = answersOfProcess();

/** A route of Nest that answers as the floor does. */
@Controller('mcp')
@UseGuards(BareGuard)
class EchoController {
  @Post()
  @HttpCode(200)
  @Header('content-type', 'application/json')
  echo(@Req() request: BareRequest, @Body() call: BareCall): string | object {
    return answers.bodyOf(call, request.userId);
  }
}

@Module({ controllers: [EchoController] })
class BenchModule {}

await serveNest(BenchModule);
