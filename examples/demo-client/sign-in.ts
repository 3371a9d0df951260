import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Report } from './report.js';

/** What the authorization server sent back to the client. */
export interface AuthorizationResponse {
  readonly code: string;
  readonly state: string | null;
  readonly iss: string | null;
}

/** Where the browser is sent after sign-in. Nothing listens there while the demo is the browser. */
export const REDIRECT_URL = 'http://127.0.0.1:33418/callback';

/**
 * Signs in and consents the way a person in a browser does. On the local stand-in the demo fills in
 * the pages by itself; elsewhere it prints the address and waits.
 */
export async function signIn(
  url: URL,
  account: string,
  report: Report,
): Promise<AuthorizationResponse> {
  const standIn = await fetch(new URL('/__emulator', url)).then(
    ({ ok }) => ok,
    () => false,
  );
  const answer = standIn ? await browse(url, account, report) : await askPerson(url);
  const error = answer.searchParams.get('error');
  const code = answer.searchParams.get('code');
  if (code === null) throw new Error(`the authorization server refused: ${error}`);
  return {
    code,
    state: answer.searchParams.get('state'),
    iss: answer.searchParams.get('iss'),
  };
}

/** A browser of two pages: follows redirects, keeps cookies, sends forms. */
async function browse(start: URL, account: string, report: Report): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = start;
  let form: URLSearchParams | undefined;
  for (let page = 0; page < 10; page += 1) {
    const response = await fetch(url, {
      ...(form && { method: 'POST', body: form }),
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (name !== undefined && value !== undefined) cookies.set(name, value);
    }
    const location = response.headers.get('location');
    form = undefined;
    if (location !== null) {
      url = new URL(location, url);
      if (url.href.startsWith(REDIRECT_URL)) return url;
      continue;
    }
    const html = await response.text();
    const action = /<form[^>]*action="([^"]+)"/.exec(html)?.[1];
    if (action === undefined) throw new Error(`a page without a form: HTTP ${response.status}`);
    url = new URL(action, url);
    form = hiddenFields(html);
    if (url.pathname.endsWith('/sign-in')) {
      form.set('account', account);
      report.done('sign-in', account);
    } else {
      form.set('consented', 'true');
      report.done('consent', 'allowed');
    }
  }
  throw new Error('the sign-in never ends');
}

function hiddenFields(html: string): URLSearchParams {
  const fields = new URLSearchParams();
  for (const [input] of html.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(input)?.[1];
    if (name !== undefined) fields.set(name, /value="([^"]*)"/.exec(input)?.[1] ?? '');
  }
  return fields;
}

async function askPerson(url: URL): Promise<URL> {
  process.stdout.write(`\n  Open this address in a browser and sign in:\n\n    ${url.href}\n\n`);
  const server = createServer().listen(Number(new URL(REDIRECT_URL).port), '127.0.0.1');
  try {
    for (;;) {
      const [request, response] = await once(server, 'request');
      const answer = new URL(request.url, REDIRECT_URL);
      response.end('You can close this window.');
      if (answer.pathname === new URL(REDIRECT_URL).pathname) return answer;
    }
  } finally {
    server.close();
  }
}
