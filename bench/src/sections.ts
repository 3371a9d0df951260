import { boot } from './sections/boot.section.js';
import { legacy, modern } from './sections/calls.section.js';
import { cluster } from './sections/cluster.section.js';
import { firstSight } from './sections/first-sight.section.js';
import { hostile } from './sections/hostile.section.js';
import { large } from './sections/large.section.js';
import { latency } from './sections/latency.section.js';
import { lists } from './sections/lists.section.js';
import { memory } from './sections/memory.section.js';
import { node } from './sections/node.section.js';
import type { Section } from './sections/section.js';

/** In the order in which `npm run bench` runs them. */
export const SECTIONS: readonly Section[] = [
  modern,
  legacy,
  firstSight,
  large,
  latency,
  lists,
  boot,
  memory,
  node,
  cluster,
  hostile,
];
