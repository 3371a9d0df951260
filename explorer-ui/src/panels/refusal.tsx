import type { ComponentChildren } from 'preact';
import { Scroll } from '../parts/scroll.js';
import { Icon } from '../parts/icon.js';
import { VERDICT_ICONS, verdictOfStatus } from '../parts/verdict.js';
import type { Cell } from '../server.js';
import { call, type Call, type CallKind } from '../state/calls.js';
import {
  become,
  caller,
  callerError,
  cancelChange,
  changing,
  renew,
  signInAs,
} from '../state/caller.js';
import { hrefOf } from '../state/explorer.js';
import { ME, missingScopes, verdictOf } from '../state/matrix.js';
import { whenConnected } from '../state/session.js';

type RefusalProps =
  | { readonly call: Call }
  | {
      readonly cell: Cell;
      readonly kind: CallKind;
      readonly name: string;
      readonly detail: string;
    };

/** Why a call was, or would be, refused, and what cures it. */
export function Refusal(props: RefusalProps) {
  if ('call' in props) return <RefusedCall call={props.call} />;
  const { cell, kind, name } = props;
  const { refusal } = cell;
  if (!refusal) return null;
  const scopes = missingScopes(refusal);
  const verdict = verdictOf(cell);
  const column = caller.value.token === undefined ? 'anonymous' : ME;
  const why = hrefOf('access', `${kind} ${name} ${column}`);
  return (
    <>
      <Card verdict={verdict} title={titleOf(verdict, scopes, refusal.message)}>
        <p>{scopes.length > 0 ? 'The caller can grant it.' : refusal.cure}</p>
        <Cures verdict={verdict} scopes={scopes}>
          <a class="btn quiet" href={why}>
            See all conditions
          </a>
        </Cures>
      </Card>
      <Told refusal={refusal} />
    </>
  );
}

function RefusedCall({ call: refused }: { readonly call: Call }) {
  const { status, message = '', scopes = [], challenge, kind, name, args, asTask, state } = refused;
  if (state === 'cancelled') {
    return (
      <Card verdict="none" title="The call was cancelled">
        <p>The server was told. What the tool had done by then stays done.</p>
      </Card>
    );
  }
  const verdict = status !== undefined && status >= 400 ? verdictOfStatus(status) : 'err';
  const again = (): void => void call(kind, name, args, { asTask });
  const title = status === 401 ? titleOfSignIn(refused.as) : titleOf(verdict, scopes, message);
  return (
    <>
      <Card verdict={verdict} title={title}>
        <p>{textOf(status, scopes, message)}</p>
        <Cures verdict={verdict} scopes={scopes} then={again} />
      </Card>
      <dl class="kv">
        {scopes.length > 0 && (
          <>
            <dt>granted</dt>
            <dd>
              <code>{(caller.value.facts?.scopes ?? []).join(' ') || 'none'}</code>
            </dd>
            <dt>asked for</dt>
            <dd>
              <code>{scopes.join(' ')}</code>
            </dd>
          </>
        )}
        {challenge !== undefined && (
          <>
            <dt>told by</dt>
            <dd>
              <code>WWW-Authenticate: {challenge}</code>
            </dd>
          </>
        )}
      </dl>
    </>
  );
}

/** What happened to the token since the call began. */
function titleOfSignIn(as: string): string {
  const { name, token, refusal } = caller.value;
  // Another caller since then: its token says nothing about the call.
  if (token === undefined || refusal === undefined || name !== as) return 'A sign-in is needed';
  const what = refusal.reason === 'token_expired' ? 'has ended' : 'is not accepted any more';
  return `The token of ${name} ${what}`;
}

function textOf(status: number | undefined, scopes: readonly string[], message: string): string {
  if (status === 401) {
    const reason = caller.value.refusal?.message;
    return `The server answered 401${reason === undefined ? '' : `: ${reason}`}. The arguments are kept.`;
  }
  if (status === 403 && scopes.length > 0) {
    return 'The caller can grant it. The call is kept, and repeated as it stands.';
  }
  return message;
}

function titleOf(verdict: string, scopes: readonly string[], message: string): ComponentChildren {
  if (scopes.length === 1) {
    return (
      <>
        The scope <code>{scopes[0]}</code> is missing
      </>
    );
  }
  if (scopes.length > 1) return `${scopes.length} scopes are missing`;
  if (verdict === 'auth') return 'A sign-in is needed';
  if (verdict === 'err') return 'The call failed';
  return message.slice(0, 200) || 'The call was refused';
}

function Card({
  verdict,
  title,
  children,
}: {
  readonly verdict: keyof typeof VERDICT_ICONS;
  readonly title: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  return (
    <div class="box">
      <div class="card-h">
        <span class={`v-${verdict} vt row-f`}>
          <Icon name={VERDICT_ICONS[verdict]} />
        </span>
        <h2>{title}</h2>
      </div>
      <div class="card-b">{children}</div>
    </div>
  );
}

/** The next sensible steps, the first one solid. */
export function Cures({
  verdict,
  scopes,
  then,
  next = 'call',
  children,
}: {
  readonly verdict: string;
  readonly scopes: readonly string[];
  /** Repeats what was refused. */
  readonly then?: (() => void) | undefined;
  /** What `then` does. */
  readonly next?: string;
  readonly children?: ComponentChildren;
}) {
  const { wanted, facts, token, tokens } = caller.value;
  const isBusy = changing.value !== undefined;
  const after = (isDone: boolean): void => {
    // The connection of the new caller is made first.
    if (isDone && then) void whenConnected().then(then);
  };
  const all = [...new Set([...(facts?.scopes ?? []), ...scopes])];
  const call = then ? ` and ${next}` : '';
  const canRenew = wanted !== undefined || tokens?.refreshToken !== undefined;
  return (
    <div class="row-f wrap">
      {verdict === 'scope' && scopes.length > 0 && (
        <>
          <button
            type="button"
            class="btn pri"
            disabled={isBusy}
            onClick={() => void signInAs(all).then(after)}
          >
            Step up{call}
          </button>
          {wanted?.kind.startsWith('oauth') && (
            <button
              type="button"
              class="btn"
              disabled={isBusy}
              onClick={() => void become({ ...wanted, scopes: all, state: 'valid' }).then(after)}
            >
              Add the scope here
            </button>
          )}
        </>
      )}
      {verdict === 'auth' && (
        <button
          type="button"
          class="btn pri"
          disabled={isBusy}
          onClick={() => void (token === undefined ? signInAs() : renew()).then(after)}
        >
          {nameOfSignIn(token, canRenew)}
          {call}
        </button>
      )}
      {verdict === 'auth' && tokens && canRenew && (
        <button
          type="button"
          class="btn"
          disabled={isBusy}
          onClick={() => void signInAs(facts?.scopes).then(after)}
        >
          Sign in again
        </button>
      )}
      {children}
      {isBusy && (
        <span class="row-f sm m" role="status">
          {changing.value}…
          <button type="button" class="btn sm" onClick={cancelChange}>
            Give up
          </button>
        </span>
      )}
      {callerError.value !== undefined && (
        <p class="sm v-err vt" role="alert">
          {callerError.value}
        </p>
      )}
    </div>
  );
}

function nameOfSignIn(token: string | undefined, canRenew: boolean): string {
  if (token === undefined) return 'Sign in';
  return canRenew ? 'Renew' : 'Sign in again';
}

/** What a client is told with a refusal. */
export function Told({ refusal }: { readonly refusal: NonNullable<Cell['refusal']> }) {
  const { answer } = refusal;
  return (
    <div class="told">
      <h3>What the client is told</h3>
      <Scroll label="What the client is told" class="code wrap">
        <pre>
          {answer
            ? [
                `HTTP/1.1 ${answer.status}`,
                ...Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}`),
              ].join('\n')
            : `The result of the call says: ${refusal.message}.`}
        </pre>
      </Scroll>
    </div>
  );
}
