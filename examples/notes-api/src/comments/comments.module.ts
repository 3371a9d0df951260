import { Module } from '@nestjs/common';
import { CommentsController } from './comments.controller.js';
import { CommentsService } from './comments.service.js';
import { CommentsTools } from './comments.tools.js';

@Module({ controllers: [CommentsController], providers: [CommentsService, CommentsTools] })
export class CommentsModule {}
