import { html } from './html.js';
import type { Page } from './layout.js';

/** Why the browser is not sent back to the client. */
export function errorPage(title: string, reason: string): Page {
  return {
    title,
    body: html`
      <header>
        <span class="badge error" aria-hidden="true">!</span>
        <h1>${title}</h1>
        <p>${reason}</p>
      </header>
    `,
  };
}
