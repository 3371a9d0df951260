import { Injectable } from '@nestjs/common';
import { ThrottlerGuard } from '@nestjs/throttler';
import { principalOf } from 'nestjs-clerk-mcp/extend';

/** Counts by caller, and anonymous callers by address. */
@Injectable()
export class PrincipalThrottlerGuard extends ThrottlerGuard {
  protected override async getTracker(request: { readonly ip: string }): Promise<string> {
    return principalOf(request)?.subject ?? request.ip;
  }
}
