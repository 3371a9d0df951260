import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Post,
} from '@nestjs/common';
import { Throttle } from '@nestjs/throttler';
import { IsInt, Max, Min } from 'class-validator';
import { Public } from 'nestjs-clerk-mcp';
import { SharesNotes } from '../clerk/notes.access.js';
import { MAX_HOURS } from './share-limits.js';
import { SharingService } from './sharing.service.js';

/** Body of `POST /notes/:id/shares`. */
export class ShareBody {
  @IsInt()
  @Min(1)
  @Max(MAX_HOURS)
  readonly hours!: number;
}

@Controller({ version: '1' })
export class SharingController {
  constructor(private readonly sharing: SharingService) {}

  @SharesNotes()
  @Post('notes/:id/shares')
  share(@Param('id', ParseUUIDPipe) id: string, @Body() { hours }: ShareBody) {
    return this.sharing.share(id, hours);
  }

  @SharesNotes()
  @Delete('notes/:id/shares')
  @HttpCode(204)
  async unshare(@Param('id', ParseUUIDPipe) id: string): Promise<void> {
    await this.sharing.unshare(id);
  }

  @Public()
  @Throttle({ default: { limit: 30, ttl: 60_000 } })
  @Get('shared/:token')
  @Header('cache-control', 'no-store')
  open(@Param('token') token: string) {
    return this.sharing.open(token);
  }
}
