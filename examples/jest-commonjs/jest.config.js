module.exports = {
  preset: 'nestjs-clerk-mcp/jest',
  testRegex: '.*\\.spec\\.ts$',
  setupFilesAfterEnv: ['nestjs-clerk-mcp/testing/jest'],
};
