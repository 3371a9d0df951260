import { fullName, type User } from '../instance/users.js';
import { badge, hiddenField, html, picture } from './html.js';
import type { Page } from './page.js';

/** The list of accounts; each one is a button that signs in. */
export function signInPage(view: {
  readonly interaction: string;
  readonly csrfToken: string;
  readonly applicationName: string;
  readonly accounts: readonly User[];
  readonly currentUserId: string | undefined;
}): Page {
  const accounts = view.accounts.map(
    (user) => html`
      <li>
        <button class="row" type="submit" name="account" value="${user.id}">
          ${picture(user.id)}
          <span class="who">
            <strong><bdi>${fullName(user) ?? user.emailAddress}</bdi></strong>
            <small>${user.emailAddress}</small>
          </span>
          ${user.id === view.currentUserId && html`<span class="tag">Signed in</span>`}
          <span class="chevron" aria-hidden="true">&rsaquo;</span>
        </button>
      </li>
    `,
  );
  return {
    title: `Sign in to ${view.applicationName}`,
    body: html`
      <header>
        ${badge(view.applicationName)}
        <h1>Choose an account</h1>
        <p>
          to continue to <b><bdi>${view.applicationName}</bdi></b>
        </p>
      </header>
      <form method="post" action="/sign-in">
        ${hiddenField('interaction', view.interaction)} ${hiddenField('csrf_token', view.csrfToken)}
        <ul class="rows">
          ${accounts}
        </ul>
      </form>
      <p class="hint">
        One click signs in. These accounts exist on this machine only and have no password.
      </p>
    `,
  };
}
