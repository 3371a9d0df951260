import 'reflect-metadata';
import { runHttp } from './app/app.http.js';
import { describeFailure } from './app/app.setup.js';
import { runStdio } from './app/app.stdio.js';

try {
  await (process.argv.includes('--stdio') ? runStdio() : runHttp());
} catch (error) {
  process.stderr.write(`${describeFailure(error)}\n`);
  process.exit(1);
}
