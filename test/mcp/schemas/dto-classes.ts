import { ApiProperty } from '@nestjs/swagger';
import { Exclude, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsDate,
  IsEmail,
  IsEnum,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  Validate,
  ValidateIf,
  ValidateNested,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';

export enum Role {
  Admin = 'admin',
  Member = 'member',
}

export enum Level {
  Low,
  High,
}

export class Address {
  @ApiProperty({ description: 'Where the person lives', example: 'Bern' })
  @IsString()
  @MaxLength(50)
  city!: string;

  @IsOptional()
  @Matches(/^\d{4,5}$/)
  zip?: string;
}

export class Named {
  @ApiProperty({ title: 'Name', description: 'How the person is called' })
  @IsNotEmpty()
  @IsString()
  name!: string;
}

/** A class with a rule of each kind that a DTO of a controller has. */
export class CreatePerson extends Named {
  @IsEmail()
  email!: string;

  @Max(150)
  @Min(0)
  @IsInt()
  age!: number;

  @IsEnum(Role)
  role: Role = Role.Member;

  @IsOptional()
  @IsEnum(Level)
  level?: Level;

  @IsOptional()
  @IsIn(['de', 'fr'])
  language?: string;

  @ValidateNested()
  @Type(() => Address)
  home!: Address;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(3)
  @ValidateNested({ each: true })
  @Type(() => Address)
  others?: Address[];

  @IsOptional()
  @IsString({ each: true })
  tags?: string[];

  @IsOptional()
  @IsDate()
  @Type(() => Date)
  born?: Date;

  greet(): string {
    return `Hello ${this.name}`;
  }
}

/** A person as it is sent. */
export class Person {
  @IsString()
  name!: string;

  @IsInt()
  age!: number;

  @IsOptional()
  @IsDate()
  @Type(() => Date)
  born?: Date;

  @Exclude({ toPlainOnly: true })
  @IsOptional()
  @IsString()
  password?: string;
}

@ValidatorConstraint({ name: 'isPrime' })
class IsPrime implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return value === 2 || value === 3;
  }

  defaultMessage(): string {
    return '$property must be a prime number';
  }
}

/** Rules that JSON Schema does not have. */
export class Odd {
  @Validate(IsPrime)
  @IsInt()
  prime!: number;

  @Matches(/^abc$/i)
  code!: string;

  @ValidateIf(({ code }: Odd) => code === 'abc')
  @IsString()
  reason!: string;
}

/** A class that refers to itself. */
export class Category {
  @IsString()
  title!: string;

  @IsOptional()
  @ValidateNested({ each: true })
  @Type(() => Category)
  children?: Category[];
}
