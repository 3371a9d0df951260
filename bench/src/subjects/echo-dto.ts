import { Type } from 'class-transformer';
import {
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Max,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';

class Author {
  @IsString()
  name!: string;
}

/** What a tool and a controller take alike. */
export class EchoDto {
  @IsString()
  @MinLength(1)
  message!: string;

  @IsInt()
  @Min(1)
  @Max(100)
  limit!: number;

  @IsOptional()
  @IsIn(['open', 'closed'])
  state?: string;

  @ValidateNested()
  @Type(() => Author)
  author!: Author;
}
