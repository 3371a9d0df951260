import { Module } from '@nestjs/common';
import { ExportsEnabled } from './exports-enabled.policy.js';
import { SettingsController } from './settings.controller.js';
import { SettingsService } from './settings.service.js';

@Module({
  controllers: [SettingsController],
  providers: [SettingsService, ExportsEnabled],
  exports: [ExportsEnabled],
})
export class SettingsModule {}
