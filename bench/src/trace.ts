import { execFileSync, fork } from 'node:child_process';
import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { startBenchClerk } from './clerk.js';
import { rpcRequest } from './load/rpc.js';
import { serviceVariables } from './settings.js';

/**
 * `npm run bench:trace`: follows one warm protected call of the service through its own code, compiled file by
 * file. Every function is made to report that it is entered, callbacks included: how many functions and files a call
 * enters, and how often it goes from one file to another.
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
const traced = join(root, 'build/trace');
const dist = join(traced, 'dist');
await rm(traced, { recursive: true, force: true });
await mkdir(traced, { recursive: true });
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
execFileSync(process.execPath, [tsc, '-p', root, '--outDir', dist], { stdio: 'inherit' });
await cp(join(root, 'package.json'), join(traced, 'package.json'));
const names: string[] = [];
for (const file of await readdir(dist, { recursive: true, encoding: 'utf8' })) {
  if (!file.endsWith('.js')) continue;
  const text = await readFile(join(dist, file), 'utf8');
  await writeFile(join(dist, file), instrument(file, text));
}
await writeFile(join(traced, 'preload.mjs'), preload());

const clerk = await startBenchClerk();
const port = 20_000 + (process.pid % 10_000);
const child = fork(join(dist, 'main.js'), [], {
  execArgv: ['--import', join(traced, 'preload.mjs')],
  silent: true,
  env: {
    ...process.env,
    PORT: String(port),
    ...serviceVariables(clerk.settings),
    RATE_LIMIT: '1000000',
  },
});
try {
  const [token = ''] = await clerk.tokens(1);
  const call = async (): Promise<void> => {
    const params = { name: 'echo', arguments: { message: 'hi' } };
    const message = { id: 1, method: 'tools/call', params };
    const { headers, body } = rpcRequest('modern', message, { token });
    const response = await fetch(`http://127.0.0.1:${port}/mcp`, { method: 'POST', headers, body });
    if (response.status !== 200) throw new Error(`The call was answered ${response.status}.`);
    await response.text();
  };
  await untilItAnswers(call);
  for (let warm = 0; warm < 5; warm += 1) await call();
  child.send('start');
  await call();
  const entered = await new Promise<readonly number[]>((resolve) => {
    child.once('message', (message) => resolve(message as number[]));
    child.send('stop');
  });
  const files = entered.map((id) => (names[id] ?? '').split(':')[0]);
  const handOvers = files.filter((file, at) => at > 0 && file !== files[at - 1]).length;
  console.log(
    `One warm call of echo: ${entered.length} entries of ${new Set(entered).size} functions in ${new Set(files).size} files, ${handOvers} hand-overs.`,
  );
  if (process.argv.includes('--list')) {
    for (const id of entered) console.log(names[id]);
  }
} finally {
  child.kill('SIGKILL');
  await clerk.close();
}

/** Puts a report in front of the body of every function. */
function instrument(file: string, text: string): string {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true);
  const edits: { readonly at: number; readonly text: string }[] = [];
  const visit = (node: ts.Node): void => {
    const body =
      ts.isFunctionLike(node) && 'body' in node ? (node.body as ts.Node | undefined) : undefined;
    if (body) {
      const named = 'name' in node && node.name ? (node.name as ts.Node).getText(source) : '';
      const id = names.push(`${file}:${named || '(callback)'}`) - 1;
      const report = `globalThis.__entered?.push(${id})`;
      if (!ts.isBlock(body)) {
        edits.push(
          { at: body.getStart(source), text: `(${report}, ` },
          { at: body.end, text: ')' },
        );
      } else if (!ts.isConstructorDeclaration(node)) {
        edits.push({ at: body.getStart(source) + 1, text: `${report};` });
      } else {
        // After `super()`, which has to come first.
        const [first] = body.statements;
        const isSuper = first?.getText(source).startsWith('super(');
        edits.push({
          at: isSuper && first ? first.end : body.getStart(source) + 1,
          text: `${report};`,
        });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return edits
    .toSorted((one, other) => other.at - one.at)
    .reduce((done, edit) => done.slice(0, edit.at) + edit.text + done.slice(edit.at), text);
}

/** What the service loads first: it starts and ends the trace. */
function preload(): string {
  return `process.on('message', (message) => {
  if (message === 'start') globalThis.__entered = [];
  else {
    const entered = globalThis.__entered;
    globalThis.__entered = undefined;
    process.send(entered);
  }
});
process.channel?.unref();
`;
}

async function untilItAnswers(call: () => Promise<void>): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      if (tries === 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
