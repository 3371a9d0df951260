import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { runCommandLine } from './command-line.js';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

/** Programs that get the URL as an argument of their own, without a shell. */
const OPENERS: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

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
    ask,
    open,
    wait: async (duration) => setTimeout(duration, undefined, { signal: stop.signal }),
  });
}

async function ask(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // In raw mode, Ctrl+C is no signal of the process.
  lines.on('SIGINT', () => stop.abort());
  try {
    return await lines.question(question, { signal: stop.signal });
  } catch {
    return undefined;
  } finally {
    lines.close();
  }
}

/** Nothing happens where there is no browser: the command prints the URL as well. */
function open(url: string): void {
  const [program, ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  if (program === undefined) return;
  const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
