/** A method and its params. */
type Request = readonly [method: string, params?: Record<string, unknown>];

const VALUES = [null, 'text', 5, false, [], {}, ['a', 1], { a: [{}] }, { '1': 1, b: 2, '0': 0 }];
const TOOLS = `
  numbers date hello blocks whole nothing liar bug wrong missing protocol unsendable
  oddError guarded ask says context write admin verified limited late much anything
  declared echo
`
  .trim()
  .split(/\s+/);
const PROMPTS = `
  open messages silent whole metaFirst more noDescription noPrompt bug wrong protocol
  unsendable oddError guarded ask says context write verified missing review
`
  .trim()
  .split(/\s+/);
const RESOURCES = `
  text later bytes value none much whole meta-first more instance claims missing gone bug
  late-bug bigint protocol guarded ask says context write verified unknown
`
  .trim()
  .split(/\s+/);

const named =
  (method: string) =>
  (name: string, args?: Record<string, unknown>): Request => [
    method,
    { name, ...(args && { arguments: args }) },
  ];
const call = named('tools/call');
const get = named('prompts/get');
const read = (uri: string): Request => ['resources/read', { uri }];

const ARGUMENTS = [
  { message: 'hi' },
  { message: 'é\u2028"\\', times: 3 },
  { message: '' },
  { message: 1, more: true },
];
const CALLS: readonly Request[] = [
  ...ARGUMENTS.map((args) => call('echo', args)),
  call('region', { region: 'eu' }),
  ...VALUES.flatMap((value) => [call('anything', { value }), call('declared', { value })]),
  ...TOOLS.map((name) => call(name)),
];
const REVIEWS = [
  { code: 'é' },
  { code: '', lines: '1' },
  { code: 'x', lines: '2', more: 'y' },
  { code: 1 },
];
const GETS: readonly Request[] = [
  ...REVIEWS.map((args) => get('review', args)),
  ...PROMPTS.map((name) => get(name)),
];
const READS: readonly Request[] = [
  ...RESOURCES.map((name) => read(`at://${name}`)),
  ...['of://a', 'of://%C3%A9?size=2', 'of://a?size=x', 'of://', ''].map(read),
];
const complete = (ref: object, name: string, more: object = {}): Request => [
  'completion/complete',
  { ref, argument: { name, value: 'é"' }, ...more },
];
const prompt = (name: string) => ({ type: 'ref/prompt', name });
const template = (uri: string) => ({ type: 'ref/resource', uri });
const COMPLETIONS: readonly Request[] = [
  ...['a', 'b', 'c', 'd', 'e', 'f'].map((name) => complete(prompt('completed'), name)),
  ...['write', 'missing', 'review'].map((name) => complete(prompt(name), 'a')),
  complete(prompt('completed'), 'a', { context: { arguments: { b: 'x', '1': 'y' } } }),
  complete(prompt('completed'), 'a', { context: {} }),
  complete(prompt('completed'), 'a', { context: { arguments: { b: 1 } } }),
  complete({ ...prompt('completed'), title: 'x' }, 'a'),
  complete(template('of://{name}{?size}'), 'name'),
  complete(template('of://missing/{id}'), 'id'),
];
const UNKNOWN: readonly Request[] = [
  ['tools/nothing', { more: 1 }],
  ['tasks/list'],
  ['sampling/createMessage'],
  ['logging/setLevel', { level: 'info' }],
  ['notifications/message'],
];
/** Requests of every kind, which end in every way. */
export const REQUESTS: readonly Request[] = [
  ...CALLS,
  ...GETS,
  ...READS,
  ...COMPLETIONS,
  ...UNKNOWN,
  ['ping'],
  ['server/discover'],
];
