import type { INestApplicationContext } from '@nestjs/common';
import { AuthorizationServerMirror } from '../../src/clerk/oauth/authorization-server-metadata.js';

/** Waits until an application has the metadata of Clerk, which it fetches a second after its start. */
export async function metadataRead(app: INestApplicationContext): Promise<void> {
  // A spec may start without Clerk.
  await app
    .get(AuthorizationServerMirror, { strict: false })
    .read()
    .catch(() => undefined);
}
