import { expect, type Report } from '../demo-client/report.js';
import { BOARD_URI } from './board.js';
import { RATE_LIMIT, type Node, type Nodes } from './nodes.js';
import { until } from './patience.js';
import { Person, type PersonClient } from './person.js';

/** Shows in words what several nodes share, and checks each word. */
export async function tellStory(service: Nodes, report: Report): Promise<void> {
  const { nodes, redis, clerk, origin } = service;
  report.done('redis', `version ${redis.version} at ${redis.url}`);
  for (const { name, origin, process } of nodes) {
    report.done(`node ${name}`, `${origin}, process ${process.pid}`);
  }
  report.done('load balancer', `${origin} sends each request to the next node, with no affinity`);
  report.done('clerk', `${clerk.url} (local emulator)`);

  report.title('Ada signs in. Each request of the sign-in goes to another node');
  const ada = await Person.signIn(service, 'ada@example.com', report);
  const first = await ada.connect();
  await useSession(first, service, report);
  await answerQuestion(first, service, report);
  const clients = await hearChange(first, ada, service, report);
  await survive(clients, service, report);
  await Promise.all(clients.map((client) => client.close()));
  await limit(service, report);
  await revoke(ada, service, report);
}

async function useSession(client: PersonClient, service: Nodes, report: Report): Promise<void> {
  report.title('A session is known at every node');
  report.done('initialize', `at node ${client.lastNodeOf('initialize')}: a session of 2025-11-25`);
  const missing = new Set(service.nodes.map(({ name }) => name));
  for (let turn = 0; turn < service.nodes.length; turn += 1) {
    await report.step(
      'call',
      () => client.call('whereAmI'),
      ({ node }) => {
        missing.delete(String(node));
        return `the same session at node ${node}`;
      },
    );
  }
  expect(missing.size === 0, `the session to be used at ${[...missing].join(' and ')}, too`);
}

async function answerQuestion(
  client: PersonClient,
  { nodes }: Nodes,
  report: Report,
): Promise<void> {
  report.title('A tool asks Ada, and her answer comes to another node');
  const ask = async () => {
    // Where the answer goes is chance while other requests are made.
    for (let turn = 0; turn <= nodes.length; turn += 1) {
      const { node: asked, approved } = await client.call('approve');
      const answered = await until('the answer', () => client.takeNodeOfAnswer());
      expect(approved === true, 'the answer to reach the tool');
      if (asked !== answered) return { asked, answered };
    }
    throw new Error('no answer came to another node');
  };
  await report.step(
    'question',
    ask,
    ({ asked, answered }) =>
      `asked by node ${asked}, answered at node ${answered}, which brought the answer to ${asked}`,
  );
}

/** @returns clients whose streams are at all nodes */
async function hearChange(
  first: PersonClient,
  ada: Person,
  { nodes }: Nodes,
  report: Report,
): Promise<readonly PersonClient[]> {
  report.title('A change at one node is heard at all');
  const clients = [first];
  const isAt = (node: Node) => clients.some(({ nodeOfStream }) => nodeOfStream === node.name);
  for (let tries = 0; !nodes.every(isAt); tries += 1) {
    expect(tries < 4 * nodes.length, 'a stream at every node');
    const client = await ada.connect();
    clients.push(client);
    // Each connection makes three requests: one more, so that the next one begins elsewhere.
    await client.call('whereAmI');
  }
  for (const client of clients) {
    await client.subscribe(BOARD_URI);
    report.done('stream', `of a client of Ada at node ${client.nodeOfStream}`);
  }
  const { node } = await first.call('change');
  const heard = async () => {
    await until(
      'the notification',
      () => clients.every(({ heard }) => heard.length > 0) || undefined,
    );
    expect(
      clients.every(({ heard }) => heard.length === 1),
      'each client to hear it once',
    );
  };
  await report.step('change', heard, () => `announced at node ${node}, heard once at every stream`);
  return clients;
}

async function survive(
  clients: readonly PersonClient[],
  service: Nodes,
  report: Report,
): Promise<void> {
  const [first, ...others] = clients;
  const node = service.nodes.find(({ name }) => name === first?.lastNodeOf('initialize'));
  const [at] = clients.filter(({ nodeOfStream }) => nodeOfStream === node?.name);
  const other = others.find((client) => client !== at) ?? first;
  if (!first || !other || !at || !node) throw new Error('no node to kill');
  report.title(`Node ${node.name}, which opened the session, is killed`);
  const changes = at.heard.length;
  await report.step(
    'kill -9',
    () => service.kill(node),
    () => `of process ${node.process.pid}; the load balancer has noticed`,
  );
  await report.step(
    'change',
    () => other.call('change'),
    ({ node }) => `announced at node ${node}, while a stream is cut`,
  );
  await report.step(
    'call',
    () => first.call('whereAmI'),
    ({ node }) => `the session goes on at node ${node}`,
  );
  await report.step(
    'stream',
    () => until('the missed notification', () => at.heard.length > changes || undefined),
    () => `continued at node ${at.nodeOfStream}, where the client hears the change that it missed`,
  );
}

async function limit(service: Nodes, report: Report): Promise<void> {
  report.title(`Grace may make ${RATE_LIMIT} calls a minute, at all nodes together`);
  const grace = await Person.signIn(service, 'grace@example.com', report);
  const living = service.nodes.filter(({ process }) => process.signalCode === null);
  const call = async () => {
    const refused = new Set<string>();
    let accepted = 0;
    while (refused.size < living.length) {
      const { status, node } = await grace.callStatus();
      if (status === 200) accepted += 1;
      else expect(status === 429, `200 or 429, not ${status}`);
      if (status === 429) refused.add(node);
      expect(accepted < living.length * RATE_LIMIT, 'the nodes to count together');
    }
    return accepted;
  };
  await report.step(
    '429',
    call,
    (accepted) =>
      `at each node after ${accepted} calls; nodes that count alone allow ${living.length * RATE_LIMIT}`,
  );
}

async function revoke(ada: Person, service: Nodes, report: Report): Promise<void> {
  report.title('Ada is banned: Clerk tells one node, and no node serves her any more');
  const living = service.nodes.filter(({ process }) => process.signalCode === null);
  const { status } = await ada.callStatus();
  expect(status === 200, `her token to be good, not ${status}`);
  service.clerk.users.update('ada@example.com', { banned: true });
  await service.clerk.webhooks.settled();
  const refused = async () => {
    const nodes = new Set<string>();
    await until('a refusal at every node', async () => {
      const { status, node } = await ada.callStatus();
      if (status === 401) nodes.add(node);
      else nodes.delete(node);
      return nodes.size === living.length || undefined;
    });
    return [...nodes].toSorted().join(' and ');
  };
  await report.step(
    '401',
    refused,
    (nodes) => `at node ${nodes}, for a token that has not expired`,
  );
}
