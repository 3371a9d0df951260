import { Injectable } from '@nestjs/common';
import { AccessPolicy, type AccessPolicyContext } from 'nestjs-clerk-mcp';
import type { AccessPolicyResult } from 'nestjs-clerk-mcp/access';
import { SettingsService } from './settings.service.js';

/** Allows exports unless the organization has disabled them. */
@Injectable()
export class ExportsEnabled extends AccessPolicy {
  constructor(private readonly settings: SettingsService) {
    super();
  }

  async allows({ principal }: AccessPolicyContext): Promise<AccessPolicyResult> {
    const { organization } = principal;
    if (!organization) return false;
    if (await this.settings.exportsEnabled(organization.id)) return true;
    return { reason: 'Your organization has switched exports off.' };
  }
}
