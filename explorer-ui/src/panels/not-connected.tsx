import { Icon } from '../parts/icon.js';
import { EmptyState } from '../parts/small.js';
import { become, caller, callerError, fullName, people, signInAs } from '../state/caller.js';
import { defaultScopes, ORGANIZATION_SCOPE } from '../state/scopes.js';
import { connect, session } from '../state/session.js';
import { offlineSince } from '../state/wire.js';

/** Why there is no connection, and what to do. */
export function NotConnected() {
  if (session.value.state !== 'failed') return null;
  const { status, message } = session.value;
  const [first] = people.value?.users ?? [];
  if (status === 401) {
    return (
      <EmptyState
        icon="lock"
        verdict="auth"
        title={
          caller.value.token === undefined
            ? 'This server asks for a sign-in'
            : 'The server refuses this token'
        }
        actions={
          <>
            <button type="button" class="btn sm pri" onClick={() => void signInAs()}>
              Sign in
            </button>
            {first && (
              <button
                type="button"
                class="btn sm"
                onClick={() =>
                  void become({
                    kind: 'oauth_jwt',
                    user: first.emailAddress,
                    ...(first.organization && { organization: first.organization.slug }),
                    scopes: [...defaultScopes(), ORGANIZATION_SCOPE],
                  })
                }
              >
                Become {fullName(first)}
              </button>
            )}
          </>
        }
      >
        {callerError.value ??
          caller.value.refusal?.message ??
          'It answered 401 when the page connected.'}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={offlineSince.value === undefined ? 'warn' : 'off'}
      verdict="err"
      title="Not connected"
      actions={
        <button type="button" class="btn sm" onClick={() => void connect()}>
          <Icon name="again" small /> Connect again
        </button>
      }
    >
      {message}
    </EmptyState>
  );
}
