import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { Html, html } from './html.js';
import { STYLES } from './styles.js';

/** A page: its title and the content of its card. */
export interface Page {
  readonly title: string;
  readonly body: Html;
  /** Whether a script submits the first form of the page without a click. */
  readonly submitsItself?: boolean;
}

/**
 * Sends a page that no other site can frame and that loads nothing from other origins.
 *
 * @param options.formTarget where submitting the form may redirect to: browsers apply `form-action`
 *   to the whole redirect chain, so the policy has to name the client
 */
export function sendPage(
  reply: FastifyReply,
  status: number,
  page: Page,
  options: { readonly formTarget?: string } = {},
): FastifyReply {
  const policy = [
    "default-src 'none'",
    `style-src '${STYLE_HASH}'`,
    page.submitsItself ? `script-src '${SCRIPT_HASH}'` : "script-src 'none'",
    "img-src 'self'",
    `form-action 'self'${formSource(options.formTarget)}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ];
  return reply
    .code(status)
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-security-policy', policy.join('; '))
    .header('x-frame-options', 'DENY')
    .header('x-content-type-options', 'nosniff')
    .header('referrer-policy', 'same-origin')
    .header('cache-control', 'no-store')
    .send(renderPage(page));
}

/** Says why the browser is not redirected to the client. */
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

function renderPage(page: Page): string {
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
          <p class="emulator"><b>Local Clerk emulator</b> – development only</p>
        </main>
        ${page.submitsItself && AUTO_SUBMIT_ELEMENT}
      </body>
    </html>`.text;
}

/** The only script of the pages; each page also works without it. */
const AUTO_SUBMIT = 'document.forms[0].submit()';
// Not written with the `html` tag, which a formatter may indent: the policy contains their hashes.
const STYLE_ELEMENT = new Html(`<style>${STYLES}</style>`);
const AUTO_SUBMIT_ELEMENT = new Html(`<script>${AUTO_SUBMIT}</script>`);
const STYLE_HASH = sourceHash(STYLES);
const SCRIPT_HASH = sourceHash(AUTO_SUBMIT);

function sourceHash(source: string): string {
  return `sha256-${createHash('sha256').update(source).digest('base64')}`;
}

function formSource(target: string | undefined): string {
  if (target === undefined) return '';
  const url = new URL(target);
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
  // CSP cannot express IPv6 hosts or the host of a private-use scheme, so only the scheme is named.
  return isWeb && !url.hostname.startsWith('[') ? ` ${url.origin}` : ` ${url.protocol}`;
}
