import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { Printer } from './printer.js';
import { PRINT_QUEUE, PrintTools } from './print.tools.js';
import { PrintWorker } from './print.worker.js';

/**
 * The tool, and the worker in the same process. For workers of their own, provide `PrintWorker` in another
 * module; `PrintTools` stays here, since the schema of the tool validates the results.
 */
@Module({
  imports: [BullModule.registerQueue({ name: PRINT_QUEUE })],
  providers: [Printer, PrintTools, PrintWorker],
})
export class PrintModule {}
