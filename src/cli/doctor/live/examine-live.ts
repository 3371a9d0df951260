import { writeFile } from 'node:fs/promises';
import {
  LiveConfigurationError,
  LiveFileError,
  LiveKeyError,
  LiveNotConfirmedError,
} from '../../cli.errors.js';
import { UsageError } from '../../command.js';
import { DEFAULT_LIVE_FILE } from '../../live-file.js';
import { readSeconds } from '../../read-arguments.js';
import type { Terminal } from '../../terminal.js';
import { readSetup } from '../doctor-setup.js';
import { allPassed } from '../report.js';
import { liveContent, liveText } from './live-report.js';
import { type LiveSetup, runLive } from './live-run.js';

/** Options of `doctor --live`. */
interface LiveOptions {
  readonly url?: string | undefined;
  readonly yes: boolean;
  readonly json: boolean;
  readonly out?: string | undefined;
  readonly 'client-metadata'?: string | undefined;
  readonly wait?: string | undefined;
  readonly 'no-browser': boolean;
}

/**
 * `nestjs-clerk-mcp doctor --live`: examines a development instance and writes the result.
 *
 * @returns the exit code
 * @throws LiveKeyError, LiveConfigurationError, LiveNotConfirmedError
 */
export async function examineLive(
  environment: Readonly<Record<string, string | undefined>>,
  options: LiveOptions,
  terminal: Terminal,
): Promise<number> {
  const setup = liveSetup(environment, options);
  await confirm(setup, options.yes, terminal);
  const run = await runLive(setup, terminal);
  const content = liveContent(run, terminal.now());
  const text = JSON.stringify(content, null, 2);
  if (!run.isStopped) terminal.print(options.json ? text : liveText(content));
  for (const one of run.left) {
    terminal.printError(`Not deleted: ${one}. Delete it in the dashboard, OAuth applications.`);
  }
  if (run.isStopped) {
    const rest = run.left.length === 0 ? ' What it had created is deleted.' : '';
    terminal.printError(`Stopped: no result is written.${rest}`);
    return 1;
  }
  const file = options.out ?? DEFAULT_LIVE_FILE;
  await writeFile(file, `${text}\n`).catch((cause: unknown) => {
    throw new LiveFileError(`Cannot write ${file}. Pass another file with --out.`, { cause });
  });
  terminal.printError(
    `Written to ${file}. An emulator that answers alike: npx nestjs-clerk-mcp emulator --like ${file}`,
  );
  return allPassed(content.checks) && run.left.length === 0 ? 0 : 1;
}

function liveSetup(
  environment: Readonly<Record<string, string | undefined>>,
  options: LiveOptions,
): LiveSetup {
  refuseOtherKeys(environment);
  const { options: clerkOptions, clerk, resource } = readSetup(environment, options.url);
  if (typeof clerk === 'string') throw new LiveConfigurationError(clerk);
  const clientMetadata = options['client-metadata'];
  if (clientMetadata !== undefined && !isHttps(clientMetadata)) {
    throw new UsageError(`--client-metadata must be an https URL, not ${quoted(clientMetadata)}.`);
  }
  return {
    options: clerkOptions,
    clerk,
    resource,
    clientMetadata,
    signInLimit: readSeconds(options.wait ?? '600', '--wait', 3_600),
    opensBrowser: !options['no-browser'],
  };
}

/** Also keys that the run would not use: a live key in the environment is a mistake. */
function refuseOtherKeys(environment: Readonly<Record<string, string | undefined>>): void {
  const secretKey = environment['CLERK_SECRET_KEY']?.trim() ?? '';
  if (!secretKey.startsWith('sk_test_')) throw new LiveKeyError('CLERK_SECRET_KEY', 'sk_test_');
  const publishableKey = environment['CLERK_PUBLISHABLE_KEY']?.trim() ?? '';
  if (!publishableKey.startsWith('pk_test_')) {
    throw new LiveKeyError('CLERK_PUBLISHABLE_KEY', 'pk_test_');
  }
}

async function confirm(setup: LiveSetup, isAgreed: boolean, terminal: Terminal): Promise<void> {
  if (isAgreed) return;
  const answer = await terminal.ask(`${plan(setup)}\n\nContinue? [y/N] `);
  if (answer === undefined && !terminal.stopped.aborted) {
    throw new LiveNotConfirmedError(
      'Nobody agreed, so nothing was created: there is no terminal to ask at. Pass --yes to agree in a script.',
    );
  }
  if (answer !== undefined && /^\s*y(es)?\s*$/i.test(answer)) return;
  throw new LiveNotConfirmedError('Nothing was created.');
}

function plan({ clerk, clientMetadata, resource }: LiveSetup): string {
  return [
    `This examines the development instance ${clerk.issuer}. It creates there, and deletes at the end:`,
    '  - two OAuth applications',
    '  - up to three clients that register themselves, if the instance allows that',
    ...(clientMetadata === undefined
      ? []
      : [`  - the client that the instance records for ${clientMetadata}`]),
    `You sign in in your browser with an account of the instance, for ${resource}, and allow two or three`,
    'requests. It creates no user. The access tokens are not kept; those that cannot be revoked expire.',
  ].join('\n');
}

function isHttps(text: string): boolean {
  return URL.canParse(text) && new URL(text).protocol === 'https:';
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
