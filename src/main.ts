import 'reflect-metadata';
import { startTelemetry } from './app/app.telemetry.js';
import { readDotEnv } from './app/dot-env.js';

// `OTEL_*` may stand there, too.
readDotEnv();
// Before the HTTP framework is loaded, which is then instrumented.
await startTelemetry(process.env);
const { runHttp } = await import('./app/app.http.js');
const { describeFailure } = await import('./app/app.setup.js');
const { runStdio } = await import('./app/app.stdio.js');

try {
  await (process.argv.includes('--stdio') ? runStdio() : runHttp());
} catch (error) {
  process.stderr.write(`${describeFailure(error)}\n`);
  process.exit(1);
}
