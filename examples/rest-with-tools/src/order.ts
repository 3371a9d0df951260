import { IsInt, IsString, Length, Max, Min } from 'class-validator';

export interface Order {
  readonly id: string;
  readonly owner: string;
  readonly item: string;
  readonly amount: number;
}

export class CreateOrder {
  @IsString()
  @Length(1, 100)
  item!: string;

  @IsInt()
  @Min(1)
  @Max(1_000)
  amount!: number;
}
