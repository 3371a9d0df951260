import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { STREAM_TYPE, acceptedTypes } from '../protocol/accepted-types.js';

/**
 * Whether a person opened the URL of the endpoint in a browser. The stream of an MCP client accepts
 * `text/event-stream`, and its requests have headers of the protocol or a credential.
 */
export function isFromBrowser({ method, headers }: IncomingMessage): boolean {
  if (method !== 'GET') return false;
  const accepted = acceptedTypes(headers.accept);
  return (
    accepted.names('text/html') &&
    !accepted.names(STREAM_TYPE) &&
    headers.authorization === undefined &&
    headers['last-event-id'] === undefined &&
    !Object.keys(headers).some((name) => name.startsWith('mcp-'))
  );
}

/** Answers with a page for people: what the URL is, and how to connect a client. */
export function sendPage(response: ServerResponse, server: ResolvedMcpOptions['serverInfo']): void {
  const page = Buffer.from(pageOf(server));
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  response.appendHeader('vary', 'Accept');
  response.writeHead(200, { 'content-length': page.byteLength });
  response.end(page);
}

/** Sends a browser to another page of this server. */
export function sendTo(response: ServerResponse, location: string): void {
  response.setHeader('cache-control', 'no-store');
  response.appendHeader('vary', 'Accept');
  response.writeHead(302, { location, 'content-length': 0 });
  response.end();
}

function pageOf({ name, title, websiteUrl }: ResolvedMcpOptions['serverInfo']): string {
  const heading = escapeHtml(title ?? name);
  // The name is an argument of a command that people copy into a shell.
  const argument = name.replace(/[^\w.]+/g, '-').replace(/^-|-$/g, '') || 'server';
  const isLink = websiteUrl !== undefined && /^https?:\/\//i.test(websiteUrl);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${heading} – MCP server</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${heading}</h1>
<p>This is the address of an MCP server. AI applications connect to it with the Model Context Protocol and use its tools; there is nothing else to see in a browser.</p>
<h2>Connect a client</h2>
<p>Add the address of this page to your client as a remote server (“Streamable HTTP”). In Claude Code, for example:</p>
<pre><code>claude mcp add --transport http ${argument} ADDRESS</code></pre>
<p>If the server asks for a sign-in, the client opens the sign-in page itself.</p>
<p>${isLink ? `<a href="${escapeHtml(websiteUrl)}">About this server</a> · ` : ''}<a href="https://modelcontextprotocol.io/docs/getting-started/intro">What MCP is</a></p>
</main>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;margin:0;padding:2rem 1rem;color-scheme:light dark}main{max-width:40rem;margin:0 auto}pre{overflow:auto;padding:.75rem;border:1px solid}';

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;
