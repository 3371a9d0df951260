import type { fromJsonSchema } from '@modelcontextprotocol/server';

/** A picture of one pixel. */
export const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';

/** A sound of two bytes. */
export const WAV = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=';

export const text = (value: string) => ({ type: 'text' as const, text: value });

export const ofUser = <C extends object>(content: C) => ({ role: 'user' as const, content });

export type JsonSchemaDocument = Parameters<typeof fromJsonSchema>[0];
