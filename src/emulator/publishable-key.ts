/** The publishable key that names the stand-in as its Frontend API: host and port, then a `$`. */
export function publishableKey(url: string): string {
  const frontendApi = `${new URL(url).host}$`;
  return `pk_test_${Buffer.from(frontendApi).toString('base64').replace(/=+$/, '')}`;
}
