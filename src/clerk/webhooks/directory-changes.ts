import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Backplane, Json } from '../../backplane/backplane.js';
import { BACKPLANE } from '../../backplane/backplane.module.js';
import { isJsonObject } from '../../request/json-object.js';
import { ClerkDirectory, type DirectoryChange } from '../api/clerk-directory.js';

/** Has all nodes forget the cached records that have changed at Clerk: a webhook reaches one of them. */
@Injectable()
export class DirectoryChanges implements OnModuleDestroy {
  private readonly unsubscribe: () => void;

  constructor(
    private readonly directory: ClerkDirectory,
    @Inject(BACKPLANE) private readonly backplane: Backplane,
  ) {
    this.unsubscribe = backplane.topics.subscribe(TOPIC, {
      message: (message) => this.receive(message),
      gap: () => directory.forgetAll(),
    });
  }

  /** Forgets here first. Nodes that are not told forget after `limits.userTtlMs`. Never rejects. */
  async forget(change: DirectoryChange): Promise<void> {
    this.directory.forgetChanged(change);
    const { isShared, topics, nodeId } = this.backplane;
    if (isShared) await topics.publish(TOPIC, { v: VERSION, from: nodeId, change });
  }

  onModuleDestroy(): void {
    this.unsubscribe();
  }

  private receive({ v, from, change }: Json): void {
    if (v !== VERSION || from === this.backplane.nodeId) return;
    if (isChange(change)) this.directory.forgetChanged(change);
    // A newer version may know other changes.
    else this.directory.forgetAll();
  }
}

const VERSION = 1;
const TOPIC = 'clerk directory';

function isChange(change: unknown): change is DirectoryChange {
  if (!isJsonObject(change)) return false;
  const { userId, organizationId, memberships } = change;
  return typeof userId === 'string' || typeof organizationId === 'string' || memberships === 'all';
}
