import { z } from 'zod';

type Json = Readonly<Record<string, unknown>>;

/** A field with metadata: at most 8 KB of JSON, as at Clerk. */
export const metadata = z
  .record(z.string(), z.unknown())
  .refine((value) => JSON.stringify(value).length <= 8_192, 'is larger than 8 KB')
  .nullish();

/** The metadata that every resource has. */
export const METADATA_FIELDS = { public_metadata: metadata, private_metadata: metadata };

/** A time of RFC 3339, as milliseconds since the epoch. */
export const isoTime = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

interface MetadataBody {
  readonly public_metadata?: Json | null | undefined;
  readonly private_metadata?: Json | null | undefined;
  readonly unsafe_metadata?: Json | null | undefined;
}

/** The metadata that a body has; others stay as they are. */
export function metadataOf(body: MetadataBody): {
  readonly publicMetadata?: Json;
  readonly privateMetadata?: Json;
  readonly unsafeMetadata?: Json;
} {
  return {
    ...(body.public_metadata ? { publicMetadata: body.public_metadata } : {}),
    ...(body.private_metadata ? { privateMetadata: body.private_metadata } : {}),
    ...(body.unsafe_metadata ? { unsafeMetadata: body.unsafe_metadata } : {}),
  };
}

/** Like {@link metadataOf}, deeply merged into what a resource has; `null` removes a key. */
export function mergeMetadata(
  resource: {
    readonly publicMetadata: Json;
    readonly privateMetadata: Json;
    readonly unsafeMetadata?: Json;
  },
  body: MetadataBody,
): ReturnType<typeof metadataOf> {
  const given = metadataOf(body);
  return {
    ...(given.publicMetadata
      ? { publicMetadata: merge(resource.publicMetadata, given.publicMetadata) }
      : {}),
    ...(given.privateMetadata
      ? { privateMetadata: merge(resource.privateMetadata, given.privateMetadata) }
      : {}),
    ...(given.unsafeMetadata
      ? { unsafeMetadata: merge(resource.unsafeMetadata ?? {}, given.unsafeMetadata) }
      : {}),
  };
}

function merge(known: Json, changes: Json): Json {
  // A Map, because a key may be `__proto__`.
  const merged = new Map(Object.entries(known));
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) merged.delete(key);
    else merged.set(key, isJson(value) ? merge(asJson(merged.get(key)), value) : value);
  }
  return Object.fromEntries(merged);
}

function asJson(value: unknown): Json {
  return isJson(value) ? value : {};
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
