import { escapeHtml, Html, html } from './html.js';
import { STYLES } from './styles.js';

/** A page: its title and what its card holds. */
export interface Page {
  readonly title: string;
  readonly body: Html;
  /** Whether its first form is sent without a click, where scripts run. */
  readonly submitsItself?: boolean;
}

/** The only script of the pages; each page works without it. */
export const AUTO_SUBMIT = 'document.forms[0].submit()';

export function renderPage(page: Page): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${page.title}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <main>
          <div class="card">${page.body}</div>
          <p class="stand-in"><b>Local stand-in for Clerk</b> – development only</p>
        </main>
        ${page.submitsItself && AUTO_SUBMIT_ELEMENT}
      </body>
    </html>`.text;
}

// Written without a tagged template, which a formatter may indent: the policy holds their hashes.
const STYLE_ELEMENT = new Html(`<style>${STYLES}</style>`);
const AUTO_SUBMIT_ELEMENT = new Html(`<script>${AUTO_SUBMIT}</script>`);

/** A colored square with the first letter of a name. */
export function badge(name: string): Html {
  const [first = '?'] = name.trim();
  const tone = Array.from(name).reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % 6;
  return html`<span class="badge tone-${tone}" aria-hidden="true">${first.toUpperCase()}</span>`;
}

/** A hidden field; its markup is stable, so that scripts can read it. */
export function hiddenField(name: string, value: string): Html {
  return new Html(`<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`);
}

/** The picture of a user or an organization. */
export function picture(id: string): Html {
  return html`<img class="picture" src="/img/${id}.svg" alt="" width="40" height="40" />`;
}
