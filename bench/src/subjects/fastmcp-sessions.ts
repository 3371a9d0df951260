import { serveFastMcp } from './fastmcp.js';

await serveFastMcp({ stateless: false });
