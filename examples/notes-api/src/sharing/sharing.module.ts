import { Module } from '@nestjs/common';
import { NotesModule } from '../notes/notes.module.js';
import { SharingController } from './sharing.controller.js';
import { SharingService } from './sharing.service.js';
import { SharingTools } from './sharing.tools.js';

@Module({
  imports: [NotesModule],
  controllers: [SharingController],
  providers: [SharingService, SharingTools],
})
export class SharingModule {}
