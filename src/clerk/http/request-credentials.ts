import { Injectable } from '@nestjs/common';
import { createPrivateMember } from '../../request/private-member.js';

/** A token that was verified, and the resource that it is for. */
export interface Credential {
  readonly token: string;
  /** Identifier of the protected resource. */
  readonly resource: string;
}

/**
 * The credential behind a request or a principal, for as long as somebody holds that, and out of reach
 * for whoever merely looks at it.
 */
@Injectable()
export class RequestCredentials {
  private readonly credentials = createPrivateMember<Credential>();

  /** @param holder the request of Node itself, or a principal, which outlives its requests */
  keep(holder: object, credential: Credential): void {
    this.credentials.set(holder, credential);
  }

  /** Gives another holder what one has, if it has any. */
  share(holder: object, other: object): void {
    const credential = this.credentials.get(holder);
    if (credential) this.credentials.set(other, credential);
  }

  /** The credential behind this holder, if it is known. */
  of(holder: object): Credential | undefined {
    return this.credentials.get(holder);
  }
}
