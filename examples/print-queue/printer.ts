import { Injectable } from '@nestjs/common';

/** Stands for a slow device. */
@Injectable()
export class Printer {
  async print(title: string, page: number): Promise<void> {
    process.stdout.write(`${title}, page ${page}\n`);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
