import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AppShape } from '../boot/app-shape.js';
import { declareApp, declareSchemas } from '../boot/boot-app.js';
import { Stopwatch } from '../boot/stopwatch.js';
import { serveSubject } from '../subject.js';
import { portOf } from './port.js';

/** Starts the application whose shape is its argument, and says what that took. */
const shape = JSON.parse(process.argv[2] ?? '') as AppShape;

await serveSubject(async (settings) => {
  const watch = new Stopwatch();
  const module = declareApp(shape, settings);
  const declare = watch.lap();
  const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), {
    logger: false,
    abortOnError: false,
  });
  await app.listen(0, '127.0.0.1');
  const start = watch.lap();
  return { port: portOf(app.getHttpServer()), laps: { declare, start, ...zodAlone(watch) } };
});

/** What zod takes by itself to describe the schemas of so many tools, the first time. */
function zodAlone(watch: Stopwatch): object {
  const schemas = Array.from({ length: shape.zodAlone ?? 0 }, (_, at) => declareSchemas(`t${at}`));
  if (schemas.length === 0) return {};
  watch.lap();
  for (const { input, output } of schemas) {
    input['~standard'].jsonSchema.input({ target: 'draft-2020-12' });
    output['~standard'].jsonSchema.output({ target: 'draft-2020-12' });
  }
  return { zod: watch.lap() };
}
