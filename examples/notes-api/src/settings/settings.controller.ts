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

/** For the web application only: no agent changes the rules that hold for it. */
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
    // The tool appears in the lists of this organization, or goes.
    this.notifier.toolsChanged({ organizationId: organization.id });
  }
}
