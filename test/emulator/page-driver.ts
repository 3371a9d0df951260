/** A browser for the pages: it keeps cookies, follows redirects and submits the form of a page. */
export class PageDriver {
  readonly #cookies = new Map<string, string>();

  constructor(private readonly origin: string) {}

  /** Does not follow redirects. */
  async get(url: string | URL): Promise<Response> {
    return this.#send(new URL(url, this.origin), { method: 'GET' });
  }

  async post(path: string, fields: Readonly<Record<string, string>>): Promise<Response> {
    return this.#send(new URL(path, this.origin), {
      method: 'POST',
      body: new URLSearchParams(fields),
    });
  }

  /** Follows redirects within the emulator. */
  async follow(response: Response): Promise<Response> {
    let current = response;
    for (let location = locationOf(current); location !== null; location = locationOf(current)) {
      const target = new URL(location, this.origin);
      if (target.origin !== this.origin) return current;
      current = await this.get(target);
    }
    return current;
  }

  /** Signs in and submits the consent page, if there is one. */
  async authorize(
    url: string | URL,
    answers: { account?: string; consented?: 'true' | 'false'; organization_id?: string } = {},
  ): Promise<URL> {
    const { account = 'ada@example.com', consented = 'true', organization_id } = answers;
    let page = await this.follow(await this.get(url));
    if (page.status === 200) {
      const form = await readForm(page);
      if (form.action === '/sign-in') {
        page = await this.follow(await this.post('/sign-in', { ...form.hidden, account }));
      } else page = new Response(form.source, page);
    }
    if (page.status === 200) {
      const form = await readForm(page);
      page = await this.post('/oauth/consent', {
        ...form.hidden,
        consented,
        ...(organization_id === undefined ? {} : { organization_id }),
      });
    }
    const location = locationOf(page);
    if (location === null) throw new Error(`No redirect: ${page.status} ${await page.text()}`);
    return new URL(location);
  }

  async #send(url: URL, init: RequestInit): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...init, headers: { cookie }, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const [name = '', value = ''] = pair.split('=');
      this.#cookies.set(name, value);
    }
    return response;
  }
}

/** The action and the hidden fields of the form of a page. */
export async function readForm(
  page: Response,
): Promise<{ action: string; hidden: Record<string, string>; source: string }> {
  const source = await page.text();
  const action = /<form method="post" action="([^"]+)"/.exec(source)?.[1] ?? '';
  const hidden: Record<string, string> = {};
  for (const [, name = '', value = ''] of source.matchAll(
    /<input type="hidden" name="([^"]+)" value="([^"]*)"/g,
  )) {
    hidden[name] = value;
  }
  return { action, hidden, source };
}

function locationOf(response: Response): string | null {
  return response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
}
