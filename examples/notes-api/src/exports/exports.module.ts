import { Module } from '@nestjs/common';
import { NotesModule } from '../notes/notes.module.js';
import { SettingsModule } from '../settings/settings.module.js';
import { ExportsController } from './exports.controller.js';
import { ExportsService } from './exports.service.js';
import { ExportsTools } from './exports.tools.js';

@Module({
  imports: [NotesModule, SettingsModule],
  controllers: [ExportsController],
  providers: [ExportsService, ExportsTools],
})
export class ExportsModule {}
