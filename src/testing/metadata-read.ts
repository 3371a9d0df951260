import type { INestApplicationContext } from '@nestjs/common';
import { AuthorizationServerMirror } from '../clerk/oauth/authorization-server-metadata.js';

/** Waits until an application has the metadata of Clerk, which it fetches a second after its start. */
export async function metadataRead(app: INestApplicationContext): Promise<void> {
  // A test may start without Clerk, or with a fault in the way.
  await app
    .get(AuthorizationServerMirror, { strict: false })
    .read()
    .catch(() => undefined);
}
