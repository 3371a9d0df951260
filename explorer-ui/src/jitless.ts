import { config } from 'zod';

// Imported before everything else. The SDK checks messages with zod, which would compile its checks: the
// policy of the page forbids that.
config({ jitless: true });
