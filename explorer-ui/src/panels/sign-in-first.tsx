import { EmptyState } from '../parts/small.js';
import { callerError, changing, signInAs } from '../state/caller.js';

/** What somebody from elsewhere sees before a sign-in: nothing but the way to it. */
export function SignInFirst() {
  return (
    <EmptyState
      icon="lock"
      verdict="auth"
      title="Sign in to see this server"
      actions={
        <button
          type="button"
          class="btn pri"
          disabled={changing.value !== undefined}
          onClick={() => void signInAs()}
        >
          {changing.value ?? 'Sign in'}
        </button>
      }
    >
      {callerError.value ??
        'In production, and from another machine, the explorer shows what you may use, and nothing before.'}
    </EmptyState>
  );
}
