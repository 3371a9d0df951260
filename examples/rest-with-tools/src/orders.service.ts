import { Injectable, NotFoundException } from '@nestjs/common';
import type { CreateOrder, Order } from './order.js';

@Injectable()
export class OrdersService {
  private readonly orders: Order[] = [];

  create(owner: string, { item, amount }: CreateOrder): Order {
    const order = { id: String(this.orders.length + 1), owner, item, amount };
    this.orders.push(order);
    return order;
  }

  listOf(owner: string, limit: number): readonly Order[] {
    return this.orders.filter((order) => order.owner === owner).slice(0, limit);
  }

  find(owner: string, id: string): Order {
    const order = this.listOf(owner, Infinity).find((one) => one.id === id);
    if (!order) throw new NotFoundException('There is no such order.');
    return order;
  }
}
