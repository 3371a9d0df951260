import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { render } from 'preact';
console.log(Client, StreamableHTTPClientTransport);
render(<p>hi</p>, document.getElementById('app')!);
