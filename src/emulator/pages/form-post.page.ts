import { html } from './html.js';
import { hiddenField, type Page } from './layout.js';

/** Carries an authorization response to the client as a form (OAuth 2.0 Form Post Response Mode). */
export function formPostPage(
  redirectUri: string,
  parameters: Readonly<Record<string, string>>,
): Page {
  return {
    title: 'Returning to the application',
    submitsItself: true,
    body: html`
      <header>
        <h1>Almost there</h1>
        <p>Continue to return to the application.</p>
      </header>
      <form method="post" action="${redirectUri}">
        ${Object.entries(parameters).map(([name, value]) => hiddenField(name, value))}
        <div class="actions"><button class="primary" type="submit">Continue</button></div>
      </form>
    `,
  };
}
