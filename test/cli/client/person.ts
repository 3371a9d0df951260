import { PageDriver } from '../../emulator/page-driver.js';
import type { TestService } from '../../support/service.js';

/** A person who signs in at the page of the emulator, allows or refuses, and goes back to the command. */
export function person(
  { clerk }: TestService,
  answers: Parameters<PageDriver['authorize']>[1] = {},
): (url: string) => void {
  return (url) => void returned(clerk.url, url, answers);
}

async function returned(
  issuer: string,
  url: string,
  answers: Parameters<PageDriver['authorize']>[1],
): Promise<void> {
  await fetch(await new PageDriver(issuer).authorize(url, answers));
}
