import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Report } from './report.js';

/** Parameters of the redirect from the authorization server to the client. */
export interface AuthorizationResponse {
  readonly code: string;
  readonly state: string | null;
  readonly iss: string | null;
}

/** Redirect URI after sign-in. No server listens there, because the demo reads the redirect itself. */
export const REDIRECT_URL = 'http://127.0.0.1:33418/callback';

/**
 * Signs in and consents as a user does in a browser. With the local Clerk emulator the demo submits the
 * pages by itself; otherwise it prints the URL and waits.
 */
export async function signIn(
  url: URL,
  account: string,
  report: Report,
): Promise<AuthorizationResponse> {
  const emulator = await fetch(new URL('/__emulator', url)).then(
    ({ ok }) => ok,
    () => false,
  );
  const answer = emulator ? await browse(url, account, report) : await askPerson(url);
  const error = answer.searchParams.get('error');
  const code = answer.searchParams.get('code');
  if (code === null) throw new Error(`the authorization server refused: ${error}`);
  return {
    code,
    state: answer.searchParams.get('state'),
    iss: answer.searchParams.get('iss'),
  };
}

/** A minimal browser that follows redirects, keeps cookies and sends forms. */
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
