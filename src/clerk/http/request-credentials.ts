import { Injectable } from '@nestjs/common';
import { createPrivateMember } from '../../request/private-member.js';

/** A verified token, and the resource that it was verified for. */
export interface Credential {
  readonly token: string;
  /** Identifier of the protected resource. */
  readonly resource: string;
}

/**
 * Stores the credential of a request or a principal as a private member, so that logs and copies of the
 * object do not contain it.
 */
@Injectable()
export class RequestCredentials {
  private readonly credentials = createPrivateMember<Credential>();

  /** @param holder the Node.js request, or a principal, which outlives its requests */
  keep(holder: object, credential: Credential): void {
    this.credentials.set(holder, credential);
  }

  /** Copies the credential of one holder, if it has one, to another. */
  share(holder: object, other: object): void {
    const credential = this.credentials.get(holder);
    if (credential) this.credentials.set(other, credential);
  }

  /** The credential of a holder, if it has one. */
  of(holder: object): Credential | undefined {
    return this.credentials.get(holder);
  }
}
