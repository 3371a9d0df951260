import type { OAuthApplication } from '../instance/oauth-applications.js';
import type { Organization } from '../instance/organizations.js';
import type { User } from '../instance/users.js';
import { badge, hiddenField, type Html, html, picture } from './html.js';
import type { Page } from './page.js';

/** The access that an application requests, with Allow and Deny. */
export function consentPage(view: {
  readonly interaction: string;
  readonly csrfToken: string;
  readonly application: OAuthApplication;
  readonly user: User;
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  readonly organizations: readonly Organization[];
  readonly redirectUri: string;
}): Page {
  const { application, user } = view;
  return {
    title: `Allow ${application.name}?`,
    body: html`
      <header>
        <span class="pair">
          ${badge(application.name)}<span class="link" aria-hidden="true"></span>${picture(user.id)}
        </span>
        <h1><bdi>${application.name}</bdi> wants to connect</h1>
        <p>to the account <b>${user.emailAddress}</b></p>
        <p class="other">
          <a href="/sign-in?interaction=${view.interaction}">Use another account</a>
        </p>
      </header>
      <form method="post" action="/oauth/consent">
        ${hiddenField('interaction', view.interaction)} ${hiddenField('csrf_token', view.csrfToken)}
        <section>
          <h2>It will be able to</h2>
          <ul class="scopes">
            ${view.scopes.map((scope) => html`<li>${scope}</li>`)}
          </ul>
        </section>
        ${view.resources.length > 0 && audience(view.resources)}
        ${view.organizations.length > 0 && organizationChoice(view.organizations)}
        ${application.dynamicallyRegistered && SELF_REGISTERED}
        <div class="actions">
          <button class="secondary" type="submit" name="consented" value="false">Deny</button>
          <button class="primary" type="submit" name="consented" value="true">Allow</button>
        </div>
      </form>
      <p class="hint">
        Either way you return to <b class="address">${destination(view.redirectUri)}</b>
      </p>
    `,
  };
}

const SELF_REGISTERED = html`<p class="notice">
  This application registered itself, and nobody has checked its name. Allow it only if you started
  this yourself.
</p>`;

function audience(resources: readonly string[]): Html {
  return html`<section>
    <h2>On this server</h2>
    ${resources.map((resource) => html`<p class="address">${resource}</p>`)}
  </section>`;
}

function organizationChoice(organizations: readonly Organization[]): Html {
  return html`<fieldset>
    <legend>Acting for</legend>
    ${organizations.map(
      (organization, index) =>
        html`<label class="choice">
          <input
            type="radio"
            name="organization_id"
            value="${organization.id}"
            ${index === 0 && html` checked`}
          />
          ${picture(organization.id)}
          <span class="who"
            ><strong><bdi>${organization.name}</bdi></strong
            ><small>Organization</small></span
          >
        </label>`,
    )}
    <label class="choice">
      <input type="radio" name="organization_id" value="" />
      <span class="who"><strong>Just me</strong><small>No organization</small></span>
    </label>
  </fieldset>`;
}

/** The target of the redirect, short enough to read. */
function destination(redirectUri: string): string {
  const url = new URL(redirectUri);
  return url.host === '' ? `${url.protocol}…` : `${url.protocol}//${url.host}`;
}
