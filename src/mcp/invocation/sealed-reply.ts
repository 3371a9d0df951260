/**
 * A view of the HTTP reply for guards, interceptors and filters of a host application: they may read
 * it and set headers, but status and body belong to the MCP exchange.
 */
export function sealReply(reply: object): object {
  return Object.create(reply, SEALED);
}

const stays = {
  value(this: object) {
    return this;
  },
};

const SEALED: PropertyDescriptorMap = {
  code: stays,
  status: stays,
  send: stays,
  json: stays,
  end: stays,
  redirect: stays,
  hijack: stays,
  render: stays,
  write: stays,
  writeHead: stays,
};
