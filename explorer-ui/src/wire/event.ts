import type { Exchange, WireEvent } from '../state/wire.js';

/** One event of a stream, in a few words. */
export function eventOf({ data }: WireEvent): { readonly method: string; readonly about: string } {
  try {
    const { method, params, id, error } = JSON.parse(data) as {
      method?: string;
      params?: {
        level?: string;
        data?: unknown;
        progress?: number;
        total?: number;
        message?: string;
      };
      id?: unknown;
      error?: { message?: string };
    };
    if (method === undefined) {
      return {
        method: error ? 'error' : 'result',
        about: error?.message?.slice(0, 200) ?? `of ${String(id)}`,
      };
    }
    const { level = '', data: logged, progress, total, message } = params ?? {};
    if (progress !== undefined) {
      return {
        method,
        about: `${progress}${total === undefined ? '' : ` of ${total}`} ${message ?? ''}`,
      };
    }
    const words = typeof logged === 'string' ? logged : JSON.stringify(logged ?? '');
    return { method, about: `${level} ${logged === undefined ? '' : words.slice(0, 200)}` };
  } catch {
    return { method: 'event', about: data.slice(0, 200) };
  }
}

/** What the answer says in a few words: an error, or what is waited for. */
export function summaryOf({ responseBody, responseHeaders, status }: Exchange): string {
  const challenge = responseHeaders.find(([name]) => name === 'www-authenticate')?.[1] ?? '';
  if (status === 401 || status === 403) {
    return (
      /error_description="([^"]*)"/.exec(challenge)?.[1] ??
      /error="([^"]*)"/.exec(challenge)?.[1] ??
      ''
    );
  }
  if (responseBody === undefined || responseBody.length > 20_000) return '';
  try {
    const { result, error } = JSON.parse(responseBody) as {
      result?: { resultType?: string; isError?: boolean };
      error?: { message?: string };
    };
    if (error) return error.message?.slice(0, 100) ?? 'error';
    if (result?.isError) return 'tool error';
    const { resultType = 'complete' } = result ?? {};
    return resultType === 'complete' ? '' : resultType;
  } catch {
    return '';
  }
}
