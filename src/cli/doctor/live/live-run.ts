import { randomBytes } from 'node:crypto';
import type { ResolvedClerkOptions } from '../../../clerk/resolved-clerk-options.js';
import type { ClerkAuthOptions } from '../../../clerk/clerk-auth.options.js';
import { createProbe, describeAnswer } from '../../probe.js';
import type { Terminal } from '../../terminal.js';
import { checkInstance } from '../check-instance.js';
import { failure } from '../report.js';
import type { Tokens } from './authorization.js';
import { checkClientMetadata, checkMetadata } from './check-metadata.js';
import { checkRefresh } from './check-refresh.js';
import { checkRegistration } from './check-registration.js';
import { checkRequests, loopbackRedirectUris } from './check-requests.js';
import { signIn, SIGN_IN_SCOPES, signInElsewhere, type SignInSetup } from './check-sign-in.js';
import { checkStepUp, STEP_UP_SCOPES } from './check-step-up.js';
import { checkVerdicts } from './check-verdicts.js';
import { checkUserinfo, checkVerification, revokeToken } from './check-verification.js';
import { Findings } from './findings.js';
import { LiveInstance } from './live-instance.js';
import { Secrets } from '../../secrets.js';
import { SignInListener } from '../../sign-in-listener.js';

/** Input of {@link runLive}. */
export interface LiveSetup {
  readonly options: ClerkAuthOptions;
  readonly clerk: ResolvedClerkOptions;
  /** URL of the MCP server. */
  readonly resource: string;
  /** URL of a client metadata document. */
  readonly clientMetadata: string | undefined;
  /** How long each sign-in may take, in milliseconds. */
  readonly signInLimit: number;
  readonly opensBrowser: boolean;
}

/** Result of a run; every text in it is still to be redacted. */
export interface LiveRun {
  readonly findings: Findings;
  readonly secrets: Secrets;
  /** What the run made and could not delete, by its name in the dashboard, which is no secret. */
  readonly left: readonly string[];
  readonly isStopped: boolean;
}

/** Examines an instance, and deletes what it made, also after an error or Ctrl+C. */
export async function runLive(setup: LiveSetup, terminal: Terminal): Promise<LiveRun> {
  const secrets = new Secrets();
  const findings = new Findings();
  const now = () => terminal.now();
  const instance = new LiveInstance(
    setup.clerk,
    createProbe(now, terminal.stopped, TIMEOUT),
    createProbe(now, new AbortController().signal, TIMEOUT),
    secrets,
    `nestjs-clerk-mcp doctor ${randomBytes(6).toString('hex')}`,
  );
  const listener = await SignInListener.open('nestjs-clerk-mcp doctor --live');
  let left: readonly string[];
  try {
    await examine({ setup, terminal, instance, findings, listener });
  } catch (error) {
    if (!terminal.stopped.aborted) throw error;
  } finally {
    if (terminal.stopped.aborted) {
      terminal.printError(
        'Stopping. What was created is being deleted; a second Ctrl+C leaves it.',
      );
    }
    await listener.close();
    left = await instance.cleanUp();
  }
  return { findings, secrets, left, isStopped: terminal.stopped.aborted };
}

/** Of each request, in milliseconds. */
const TIMEOUT = 10_000;

interface Run {
  readonly setup: LiveSetup;
  readonly terminal: Terminal;
  readonly instance: LiveInstance;
  readonly findings: Findings;
  readonly listener: SignInListener;
}

async function examine(run: Run): Promise<void> {
  const { setup, terminal, instance, findings, listener } = run;
  const { redirectUri } = listener;
  const probe = createProbe(() => terminal.now(), terminal.stopped, TIMEOUT);
  const isOwn = await step(run, 'live-instance', async () => {
    const checks = await checkInstance(setup.clerk, probe);
    findings.add(...checks);
    return checks.every(({ name, status }) => !IDENTITY.has(name) || status !== 'failure');
  });
  await step(run, 'live-metadata', () => checkMetadata(instance, findings));
  if (isOwn !== true) {
    const cure = 'Correct the keys first. Nothing was created.';
    findings.add(failure('live-instance', 'The keys belong to no single instance', cure));
    return;
  }
  await step(run, 'live-registration', () => checkRegistration(instance, findings, redirectUri));
  await step(run, 'live-client-metadata', () =>
    checkClientMetadata(instance, findings, setup.clientMetadata),
  );
  const clientId = await create(run, loopbackRedirectUris(listener.port), SIGN_IN_SCOPES);
  if (clientId === undefined) return;
  await step(run, 'live-requests', () =>
    checkRequests(instance, findings, { clientId, port: listener.port }),
  );
  const browsing = { redirectUri, resource: setup.resource, browse: browserOf(run) };
  const client: SignInSetup = { ...browsing, clientId };
  const tokens = await step(run, 'live-sign-in', () => signIn(instance, findings, client));
  const other =
    tokens &&
    (await step(run, 'live-unregistered-resource', () =>
      signInElsewhere(instance, findings, client),
    ));
  const narrow = await create(run, [redirectUri], STEP_UP_SCOPES);
  if (narrow !== undefined) {
    await step(run, 'live-step-up', () =>
      checkStepUp(instance, findings, { ...browsing, clientId: narrow }),
    );
  }
  await listener.close();
  if (!tokens) return;
  terminal.printError('Signed in. The examination of the tokens takes up to a minute.');
  await examineTokens(run, tokens, other);
}

/** Checks that decide whether the keys are those of one instance. */
const IDENTITY: ReadonlySet<string> = new Set(['signing-keys', 'secret-key', 'instance']);

async function examineTokens(run: Run, tokens: Tokens, other: Tokens | undefined): Promise<void> {
  const { setup, terminal, instance, findings } = run;
  await step(run, 'live-userinfo', () => checkUserinfo(instance, findings, tokens));
  await step(run, 'live-verdict', () =>
    checkVerdicts(findings, setup, {
      'access token': tokens.accessToken,
      'access token for another resource': other?.accessToken,
      id_token: tokens.idToken,
    }),
  );
  await step(run, 'live-refresh', () =>
    checkRefresh(instance, findings, tokens, (duration) => terminal.wait(duration)),
  );
  await step(run, 'live-verification', () =>
    checkVerification(instance, findings, other ?? tokens),
  );
  if (findings.facts.accessToken?.format !== 'opaque') return;
  await step(run, 'live-verdict', async () => {
    // A token with the right audience, so that its revocation alone decides.
    await revokeToken(instance, tokens);
    await checkVerdicts(findings, setup, { 'revoked access token': tokens.accessToken });
  });
}

async function create(
  { instance, findings, terminal }: Run,
  redirectUris: readonly string[],
  scopes: string,
): Promise<string | undefined> {
  const created = await instance.createApplication(redirectUris, scopes);
  terminal.stopped.throwIfAborted();
  if ('clientId' in created) return created.clientId;
  const cure = 'Compare the plan and the settings of the instance in the dashboard.';
  findings.add(failure('live-application', describeAnswer(created), cure));
  return undefined;
}

/** Runs one check: its error becomes a line of the report, and the other checks go on. */
async function step<T>(
  { terminal, findings }: Run,
  name: string,
  check: () => Promise<T>,
): Promise<T | undefined> {
  terminal.stopped.throwIfAborted();
  try {
    return await check();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    findings.add(failure(name, `The check ended early: ${reason}`, 'Run the check again.'));
    return undefined;
  } finally {
    terminal.stopped.throwIfAborted();
  }
}

/** Sends the person through the sign-ins. Their browser stays in one window. */
function browserOf({ setup, terminal, listener }: Run): SignInSetup['browse'] {
  let hasGivenUp = false;
  return async (authorization) => {
    if (hasGivenUp) throw new Error('nobody signs in');
    const limit = AbortSignal.timeout(setup.signInLimit);
    const show = (url: string) => {
      terminal.printError(
        `\nSign in to the instance, and allow the requests that follow:\n\n${url}\n`,
      );
      if (setup.opensBrowser) terminal.open(url);
    };
    try {
      const signal = AbortSignal.any([terminal.stopped, limit]);
      return await listener.authorize(authorization, show, signal);
    } catch (error) {
      hasGivenUp = true;
      if (!limit.aborted || terminal.stopped.aborted) throw error;
      throw new Error(`nobody signed in within ${setup.signInLimit / 1000} seconds`, {
        cause: error,
      });
    }
  };
}
