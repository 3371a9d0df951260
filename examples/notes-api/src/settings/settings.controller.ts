import { Body, Controller, HttpCode, Put } from '@nestjs/common';
import { IsBoolean } from 'class-validator';
import { AcceptTokens, CurrentOrganization, McpNotifier, RequireRole } from 'nestjs-clerk-mcp';
import type { PrincipalOrganization } from 'nestjs-clerk-mcp/extend';
import { SettingsService } from './settings.service.js';

/** Body of `PUT /settings/exports`. */
export class ExportsBody {
  @IsBoolean()
  readonly enabled!: boolean;
}

/** For the web application only, so that an agent cannot change its own access rules. */
@AcceptTokens('session_token')
@RequireRole('org:admin')
@Controller({ path: 'settings', version: '1' })
export class SettingsController {
  constructor(
    private readonly settings: SettingsService,
    private readonly notifier: McpNotifier,
  ) {}

  @Put('exports')
  @HttpCode(204)
  async exports(
    @Body() { enabled }: ExportsBody,
    @CurrentOrganization() organization: PrincipalOrganization,
  ): Promise<void> {
    await this.settings.enableExports(enabled);
    // The lists of this organization now contain the tool, or no longer contain it.
    this.notifier.toolsChanged({ organizationId: organization.id });
  }
}
