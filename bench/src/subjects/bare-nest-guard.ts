import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { readSettings } from '../settings.js';
import { BareChecks } from './bare-checks.js';

export interface BareRequest {
  readonly headers: Readonly<Record<string, string>>;
  userId?: string;
}

/** The checks of the floor, as a guard. */
@Injectable()
export class BareGuard implements CanActivate {
  private readonly checks = new BareChecks(readSettings());

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<BareRequest>();
    if (!this.checks.isServed(request.headers['host'])) return false;
    const userId = await this.checks.userOf(request.headers['authorization']);
    if (userId !== undefined) request.userId = userId;
    return userId !== undefined;
  }
}
