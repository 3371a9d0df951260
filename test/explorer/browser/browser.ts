import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Locator, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { CHROMIUM, noBrowser } from '../../support/chromium.js';
import { PATIENCE } from '../../support/within.js';
import { startExplorerApp, type ExplorerApp, type ExplorerAppOptions } from '../explorer-app.js';
import { NOTES, NOTES_SCOPES } from './notes-tools.js';

/** Whether there is a browser; `.ci/run` installs one. */
export const HAS_BROWSER = noBrowser === undefined;

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The explorer of an application, in a browser that has nothing else. */
export interface BrowserTest {
  readonly explorer: ExplorerApp;
  readonly context: BrowserContext;
  /** What the policy of the page has refused, and errors that nobody caught. */
  readonly violations: string[];
  /** Origins that the browser has asked. */
  readonly origins: Set<string>;
  open(hash?: string): Promise<Page>;
  stop(): Promise<void>;
}

export interface BrowserTestOptions extends ExplorerAppOptions {
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly dark?: boolean;
}

export async function startBrowserTest(options: BrowserTestOptions = {}): Promise<BrowserTest> {
  const explorer = await startExplorerApp({
    providers: NOTES,
    ...options,
    emulator: { customScopes: NOTES_SCOPES, ...options.emulator },
    mcp: { name: 'notes-api', title: 'notes-api', ...options.mcp },
    clerk: {
      scopes: ['profile', 'notes:read', 'notes:write', 'offline_access'],
      ...options.clerk,
    },
  });
  const profile = mkdtempSync(join(tmpdir(), 'explorer-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM ?? '',
    args: ARGS,
    headless: true,
    viewport: options.viewport ?? { width: 1280, height: 800 },
    colorScheme: options.dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
  });
  const violations: string[] = [];
  const origins = new Set<string>();
  await context.addInitScript(`addEventListener('securitypolicyviolation', (event) =>
    console.error('CSP violation: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample))`);
  const watch = (page: Page): void => {
    page.on('console', (message) => {
      const text = message.text();
      if (/CSP violation|Content Security Policy|Trusted/i.test(text)) violations.push(text);
    });
    page.on('pageerror', ({ message }) => violations.push(`error: ${message}`));
    // A hostile text that runs would open one.
    page.on('dialog', (dialog) => {
      violations.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
  };
  context.on('page', watch);
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (/^https?:$/.test(url.protocol)) origins.add(url.origin);
  });
  return {
    explorer,
    context,
    violations,
    origins,
    open: async (hash = '') => {
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE);
      await page.goto(`${explorer.url}${hash}`);
      await page.locator('.rail').waitFor();
      return page;
    },
    stop: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
      await explorer.stop();
    },
  };
}

/** What is expected of a text: it is read until that holds, since a page shows it after its next frame. */
export const expectText = (at: Locator): ReturnType<typeof expect.poll<string>> =>
  expect.poll(() => at.innerText());

/** Becomes somebody by one click in the menu of callers. */
export async function become(page: Page, name: string): Promise<void> {
  await page.locator('.caller').click();
  await page.getByRole('menuitemradio', { name: new RegExp(`^${name}`) }).click();
  await page.locator('.caller', { hasText: name }).waitFor();
  await page.locator('.menu').waitFor({ state: 'hidden' });
}

/** Signs somebody in, in the window that a click opens. */
export async function signInThrough(
  { context }: BrowserTest,
  click: () => Promise<unknown>,
  who = /Ada/,
): Promise<void> {
  const opened = context.waitForEvent('page');
  await click();
  const popup = await opened;
  popup.setDefaultTimeout(PATIENCE);
  const person = popup.getByRole('button', { name: who });
  const allow = popup.locator('button', { hasText: /Allow/i });
  // Nobody is asked again who is signed in at the authorization server.
  await person.or(allow).first().waitFor();
  if (!(await allow.isVisible())) await person.click();
  await allow.click();
}
