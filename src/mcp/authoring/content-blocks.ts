import type {
  AudioContent,
  ContentBlock,
  EmbeddedResource,
  ImageContent,
} from '@modelcontextprotocol/server';
import { InvalidContentError } from './authoring.errors.js';

/** Name or URI of a file, and its media type. */
export type McpFileOptions = { readonly mimeType: string } & (
  | {
      /** Name of the file, such as `report.pdf`. Its URI is `attachment:///report.pdf`. */
      readonly name: string;
    }
  | {
      /** Absolute URI, such as `notes://7/report.pdf`. */
      readonly uri: string;
    }
);

/** @throws {InvalidContentError} */
export function imageBlock(data: Uint8Array, mimeType: string): ImageContent {
  assertMimeType('image', mimeType, /^image\//);
  return made({ type: 'image', data: toBase64('image', someBytes('image', data)), mimeType });
}

/** @throws {InvalidContentError} */
export function audioBlock(data: Uint8Array, mimeType: string): AudioContent {
  assertMimeType('audio', mimeType, /^audio\//);
  return made({ type: 'audio', data: toBase64('audio', someBytes('audio', data)), mimeType });
}

/** @throws {InvalidContentError} */
export function fileBlock(data: Uint8Array | string, options: McpFileOptions): EmbeddedResource {
  const { mimeType } = options;
  assertMimeType('file', mimeType, /^[\w.+-]+\//);
  const uri =
    'uri' in options ? options.uri : `attachment:///${encodeURIComponent(String(options.name))}`;
  if (!URL.canParse(uri) || uri === 'attachment:///') {
    throw new InvalidContentError('file', 'it has no name and no absolute URI. Give it a name.');
  }
  if (typeof data !== 'string') {
    const blob = toBase64('file', data);
    return made({ type: 'resource', resource: { uri, mimeType, blob } });
  }
  assertSize('file', Buffer.byteLength(data));
  return made({ type: 'resource', resource: { uri, mimeType, text: data } });
}

/**
 * What a tool returned, as a list of blocks: one block that `McpContext` made, or a list of such
 * blocks and text. Everything else stays as it is.
 */
export function asBlocks(returned: unknown): unknown {
  if (isMade(returned)) return [returned];
  if (!Array.isArray(returned) || !returned.some(isMade)) return returned;
  return returned.map((one: unknown) =>
    typeof one === 'string' ? { type: 'text', text: one } : one,
  );
}

/**
 * The bytes in base64.
 *
 * @param kind for the message
 * @throws {InvalidContentError} it is not bytes, or too large
 */
export function toBase64(kind: string, data: unknown): string {
  if (!(data instanceof Uint8Array)) {
    throw new InvalidContentError(
      kind,
      'it is not a Buffer or Uint8Array. Pass the bytes; of text in base64, Buffer.from(text, "base64").',
    );
  }
  assertSize(kind, data.byteLength);
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
}

function assertSize(kind: string, bytes: number): void {
  if (bytes <= MAX_CONTENT_BYTES) return;
  throw new InvalidContentError(
    kind,
    `it has ${bytes} bytes, and at most ${MAX_CONTENT_BYTES} can be sent. Return a link to it.`,
  );
}

function someBytes(kind: string, data: Uint8Array): Uint8Array {
  if (data?.byteLength !== 0) return data;
  throw new InvalidContentError(kind, 'it is empty. Check where the bytes come from.');
}

function assertMimeType(kind: string, mimeType: unknown, expected: RegExp): void {
  if (typeof mimeType === 'string' && expected.test(mimeType)) return;
  throw new InvalidContentError(
    kind,
    `its media type is ${JSON.stringify(mimeType) ?? 'missing'}. Use one such as ${EXAMPLES[kind]}.`,
  );
}

const EXAMPLES: Readonly<Record<string, string>> = {
  image: 'image/png',
  audio: 'audio/wav',
  file: 'application/pdf',
};

/** Bytes of one image, sound, file or binary resource. */
export const MAX_CONTENT_BYTES = 33_554_432;

function made<B extends ContentBlock>(block: B): B {
  MADE.add(block);
  return block;
}

function isMade(value: unknown): boolean {
  return typeof value === 'object' && value !== null && MADE.has(value);
}

/** An object of the application may look like a block; these are blocks. */
const MADE = new WeakSet<object>();
