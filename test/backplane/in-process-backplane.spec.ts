import { describe } from 'vitest';
import { InProcessBackplane } from '../../src/backplane/in-process-backplane.js';
import { describeBackplane } from './backplane-contract.js';

describe('InProcessBackplane', () => {
  describeBackplane(async () => {
    const one = new InProcessBackplane();
    return { one, other: one, close: async () => undefined };
  });
});
