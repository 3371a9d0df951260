import { expect, it } from 'vitest';
import { everyMethod } from './methods.js';
import { ROWS } from './rows.js';

it('Every method that the SDK knows has a row, and no other has', () => {
  expect(Object.keys(ROWS).toSorted()).toEqual(everyMethod());
});
