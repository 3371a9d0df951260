import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { AUTO_SUBMIT, type Page, renderPage } from './layout.js';
import { STYLES } from './styles.js';

/**
 * Sends a page that no other site can frame, and that loads nothing from elsewhere.
 *
 * @param options.formTarget where a form may end up by a redirect: browsers apply `form-action` to
 *   the whole chain, so the client has to be named
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

const STYLE_HASH = sourceHash(STYLES);
const SCRIPT_HASH = sourceHash(AUTO_SUBMIT);

function sourceHash(source: string): string {
  return `sha256-${createHash('sha256').update(source).digest('base64')}`;
}

function formSource(target: string | undefined): string {
  if (target === undefined) return '';
  const url = new URL(target);
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
  // CSP has no syntax for IPv6 hosts, nor for the host of an application's own scheme.
  return isWeb && !url.hostname.startsWith('[') ? ` ${url.origin}` : ` ${url.protocol}`;
}
