import { boot } from './sections/boot.section.js';
import { legacy, modern } from './sections/calls.section.js';
import { cluster } from './sections/cluster.section.js';
import { entries } from './sections/entries.section.js';
import { express } from './sections/express.section.js';
import { firstSight } from './sections/first-sight.section.js';
import { hostile } from './sections/hostile.section.js';
import { hosts } from './sections/hosts.section.js';
import { large } from './sections/large.section.js';
import { latency } from './sections/latency.section.js';
import { lists } from './sections/lists.section.js';
import { memory } from './sections/memory.section.js';
import { node } from './sections/node.section.js';
import { nodes } from './sections/nodes.section.js';
import { dto, route } from './sections/routes-and-dtos.section.js';
import { shipped } from './sections/shipped.section.js';
import { streams } from './sections/streams.section.js';
import { telemetry } from './sections/telemetry.section.js';
import type { Section } from './sections/section.js';

/** In the order in which `npm run bench` runs them. */
export const SECTIONS: readonly Section[] = [
  shipped,
  modern,
  legacy,
  entries,
  hosts,
  express,
  dto,
  route,
  firstSight,
  large,
  latency,
  lists,
  boot,
  memory,
  streams,
  telemetry,
  node,
  cluster,
  nodes,
  hostile,
];
