import { SERVER_INFO_META_KEY } from '@modelcontextprotocol/server';
import { jsonRpcError } from '../protocol/json-rpc-error.js';
import type { FastRequest } from './fast-request.js';
import { isOwnMeta, isWhollyOwn } from './result-json.js';

type Era = FastRequest['era'];
type Hint = { readonly ttlMs: number; readonly cacheScope: string };

/** Writes answers, byte for byte as the SDK writes them. */
export class AnswerJson {
  /** The last member of a 2026-07-28 result. */
  private readonly lastMember: string;

  constructor(private readonly serverInfo: object) {
    this.lastMember = `,"_meta":${JSON.stringify({ [SERVER_INFO_META_KEY]: serverInfo })}`;
  }

  /** An answer up to its id: the only part that differs between two requests for the same thing. */
  writeUpToId(era: Era, members: string, hint?: Hint, hasMeta = false): string {
    if (era === 'legacy') return `{"result":{${members}},"jsonrpc":"2.0","id":`;
    const cache = hint ? `,"ttlMs":${hint.ttlMs},"cacheScope":"${hint.cacheScope}"` : '';
    const meta = hasMeta ? '' : this.lastMember;
    return `{"result":{${members},"resultType":"complete"${cache}${meta}},"jsonrpc":"2.0","id":`;
  }

  write(
    era: Era,
    id: FastRequest['id'],
    members: string,
    { hint, hasMeta }: { readonly hint?: Hint | undefined; readonly hasMeta?: boolean } = {},
  ): string {
    return `${this.writeUpToId(era, members, hint, hasMeta)}${JSON.stringify(id)}}`;
  }

  /**
   * The answer with a result that the SDK would not change; `undefined` for one that it would.
   *
   * @param known names of the members that the result may have, besides `_meta`
   */
  writeResult(
    { era, id }: FastRequest,
    result: object,
    known: ReadonlySet<string>,
    hint?: Hint,
  ): string | undefined {
    if (!isWhollyOwn(result)) return undefined;
    for (const key in result) if (!known.has(key) && key !== '_meta') return undefined;
    if (!('_meta' in result)) return this.write(era, id, membersOf(result), { hint });
    const { _meta } = result;
    if (!isOwnMeta(_meta)) return undefined;
    const members = membersOf({ ...result, _meta: this.withServer(era, _meta) });
    return this.write(era, id, members, { hint, hasMeta: true });
  }

  /** The answer with an error. */
  writeError(
    id: FastRequest['id'],
    { code, message, data }: { readonly code: number; readonly message: string; data?: unknown },
  ): string {
    return JSON.stringify(jsonRpcError(code, message, id, data));
  }

  /** The `_meta` of a result that has its own. */
  meta(era: Era, meta: object): string {
    return JSON.stringify(this.withServer(era, meta));
  }

  private withServer(era: Era, meta: object): object {
    return era === 'modern' ? { ...meta, [SERVER_INFO_META_KEY]: this.serverInfo } : meta;
  }
}

function membersOf(result: object): string {
  return JSON.stringify(result).slice(1, -1);
}
