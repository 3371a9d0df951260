import { text } from 'node:stream/consumers';
import { runCommandLine } from './command-line.js';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

void main();

async function main(): Promise<void> {
  process.exitCode = await runCommandLine(process.argv.slice(2), {
    environment: process.env,
    stopped: stop.signal,
    now: Date.now,
    setVariables: (variables) => void Object.assign(process.env, variables),
    print: (lines) => void process.stdout.write(`${lines}\n`),
    printError: (lines) => void process.stderr.write(`${lines}\n`),
    read: () => text(process.stdin),
  });
}
