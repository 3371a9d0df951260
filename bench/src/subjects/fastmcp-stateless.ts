import { serveFastMcp } from './fastmcp.js';

await serveFastMcp({ stateless: true });
