import { existsSync } from 'node:fs';

/** The little of Playwright that the tests use: it is no dependency, and may be absent. */
export interface Browser {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

export interface Page {
  goto(url: string): Promise<unknown>;
  click(selector: string): Promise<void>;
  title(): Promise<string>;
  waitForRequest(
    matches: (request: { url(): string }) => boolean,
    options?: { timeout: number },
  ): Promise<{ url(): string }>;
  evaluate<A, R>(run: (argument: A) => R | Promise<R>, argument: A): Promise<R>;
  on(event: 'console', listen: (message: { type(): string; text(): string }) => void): unknown;
}

interface Playwright {
  readonly chromium: {
    launch(options: { executablePath: string; args: readonly string[] }): Promise<Browser>;
  };
}

/** Path of the browser; `undefined` if none is installed. */
export const CHROMIUM = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => existsSync(path));
const playwright = await importPlaywright();

/** Why no browser can be started here; `undefined` where one can. */
export const noBrowser: string | undefined = reason();

export function launchChromium(): Promise<Browser> {
  if (!playwright || CHROMIUM === undefined) throw new Error(noBrowser);
  return playwright.chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}

function reason(): string | undefined {
  if (!playwright) return 'playwright-core is not installed';
  return CHROMIUM === undefined ? 'no Chromium is installed' : undefined;
}

async function importPlaywright(): Promise<Playwright | undefined> {
  // A name that the compiler does not follow: the package may be absent.
  const name: string = 'playwright-core';
  return import(name).catch(() => undefined);
}
