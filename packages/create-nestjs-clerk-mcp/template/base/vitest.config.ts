import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.spec.ts'],
    setupFiles: ['nestjs-clerk-mcp/testing/vitest'],
    // The tests replace this key with that of an emulator of their own.
    env: { CLERK_SECRET_KEY: 'sk_test_unused' },
  },
});
