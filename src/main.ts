import 'reflect-metadata';
import { runHttp } from './app.http.js';
import { describeFailure } from './app.setup.js';
import { runStdio } from './app.stdio.js';

try {
  await (process.argv.includes('--stdio') ? runStdio() : runHttp());
} catch (error) {
  process.stderr.write(`${describeFailure(error)}\n`);
  process.exit(1);
}
