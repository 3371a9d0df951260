import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsUUID, Max, Min } from 'class-validator';
import { MAX_LIMIT, type PageRequest } from './page.js';

/** `?cursor=…&limit=…` */
export class PageQuery implements PageRequest {
  @IsOptional()
  @IsUUID()
  readonly cursor?: string;

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_LIMIT)
  readonly limit?: number;
}
