import { Scroll } from '../parts/scroll.js';
import { signal } from '@preact/signals';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import {
  EmptyState,
  Search,
  Segments,
  bytesInWords,
  CopyButton,
  tookInWords,
} from '../parts/small.js';
import { Icon } from '../parts/icon.js';
import { VerdictTag, verdictOfStatus } from '../parts/verdict.js';
import { go, route } from '../state/explorer.js';
import { clearWire, exchanges, type Exchange, type WireEvent } from '../state/wire.js';
import { asClient, asCurl, asTest } from './copy-as.js';
import { eventOf, summaryOf } from './event.js';
import { ExchangeView } from './exchange.js';

type Filter = 'all' | 'calls' | 'refused';
const follows = signal(true);

/** Every exchange of the page with the endpoint. */
export function WirePanel() {
  const [text, setText] = useState('');
  const [filter, setFilter] = useState<Filter>('all');
  const all = exchanges.value;
  const chosen = Number(route.value.entry);
  const shown = all.find(({ id }) => id === chosen);
  const rows = useMemo(() => all.filter((one) => isShown(one, text, filter)), [all, text, filter]);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (follows.value && list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [rows.length]);
  const bytes = all.reduce((sum, one) => sum + one.bytes, 0);
  const events = all.reduce((sum, one) => sum + one.events.length, 0);
  return (
    <section class="screen wire" data-sheet={shown ? 'on' : 'off'}>
      <div class="col">
        <div class="head">
          <h1 class="vh">Wire</h1>
          <Search
            label="Filter the wire"
            placeholder="Filter: method, tool, status, text"
            value={text}
            onInput={setText}
          />
          <div class="only-w">
            <Segments
              label="Show"
              choices={[
                { value: 'all', label: 'All' },
                { value: 'calls', label: 'Calls' },
                { value: 'refused', label: 'Refused' },
              ]}
              value={filter}
              onChange={setFilter}
            />
          </div>
          <button type="button" class="btn sm quiet" onClick={clearWire}>
            Clear
          </button>
        </div>
        <Scroll label="Exchanges" element={list}>
          {rows.length === 0 ? (
            <EmptyState
              icon="wire"
              title={all.length === 0 ? 'Nothing was sent yet' : 'Nothing matches'}
            />
          ) : (
            <Rows rows={rows} chosen={chosen} />
          )}
        </Scroll>
        <div class="head foot-b">
          <span class="el">
            {all.length} exchanges, {events} events, {bytesInWords(bytes)}
          </span>
          <span class="push" />
          <label class="row-f">
            <input
              type="checkbox"
              class="check"
              checked={follows.value}
              onChange={(event) => {
                follows.value = event.currentTarget.checked;
              }}
            />
            Follow
          </label>
        </div>
      </div>
      <div class="col wd">
        {shown ? (
          <>
            <div class="head">
              <h2 class="el">
                <code>
                  {shown.message} {shown.target}
                </code>
              </h2>
              <span class="push" />
              <CopyAs exchange={shown} />
              <button
                type="button"
                class="btn sm ic quiet only-n"
                aria-label="Close"
                onClick={() => go('wire')}
              >
                <Icon name="x" small />
              </button>
            </div>
            <Scroll label="The exchange">
              <ExchangeView exchange={shown} />
            </Scroll>
          </>
        ) : (
          <div class="pad">
            <p class="m sm">Choose an exchange to see its headers, its messages and its events.</p>
          </div>
        )}
      </div>
    </section>
  );
}

function CopyAs({ exchange }: { readonly exchange: Exchange }) {
  return (
    <span class="row-f copy-as">
      <span class="xs m only-w">copy as</span>
      <CopyButton text={() => asCurl(exchange)} label="Copy as curl" quiet={false}>
        curl
      </CopyButton>
      <CopyButton text={() => asClient(exchange)} label="Copy as client code" quiet={false}>
        client
      </CopyButton>
      <CopyButton text={() => asTest(exchange)} label="Copy as a test" quiet={false}>
        test
      </CopyButton>
    </span>
  );
}

function isShown(one: Exchange, text: string, filter: Filter): boolean {
  if (filter === 'calls' && !/^(tools\/call|resources\/read|prompts\/get)$/.test(one.message))
    return false;
  if (filter === 'refused' && !(typeof one.status === 'number' && one.status >= 400)) return false;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const { message, target = '', status, caller, requestBody = '', responseBody = '' } = one;
  const about =
    `${message} ${target} ${status} ${caller} ${requestBody} ${responseBody}`.toLowerCase();
  return words.every((word) => about.includes(word));
}

function Rows({ rows, chosen }: { readonly rows: readonly Exchange[]; readonly chosen: number }) {
  return (
    <table class="wr">
      <caption class="vh">Exchanges with the endpoint, oldest first</caption>
      <thead>
        <tr>
          <th scope="col" class="opt">
            Time
          </th>
          <th scope="col" class="opt">
            HTTP
          </th>
          <th scope="col">Message</th>
          <th scope="col">Status</th>
          <th scope="col" class="r">
            Took
          </th>
          <th scope="col" class="r opt">
            Size
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((one) => (
          <ExchangeRows key={one.id} exchange={one} isChosen={one.id === chosen} />
        ))}
      </tbody>
    </table>
  );
}

function ExchangeRows({
  exchange,
  isChosen,
}: {
  readonly exchange: Exchange;
  readonly isChosen: boolean;
}) {
  const { id, startedAt, method, message, target, status, took, bytes, events } = exchange;
  const at = new Date(performance.timeOrigin + startedAt);
  const open = (): void => go('wire', isChosen ? undefined : String(id));
  return (
    <>
      <tr class={isChosen ? 'row on' : 'row'} onClick={open}>
        <td class="mono xs s opt">{at.toLocaleTimeString('en-GB')}</td>
        <td class="mono xs s opt">{method}</td>
        <td class="nm">
          <button
            type="button"
            class="x"
            aria-expanded={isChosen}
            onClick={(event) => {
              event.stopPropagation();
              open();
            }}
          >
            <span class={target === undefined ? 'mono' : 'mono mth'}>{message}</span>{' '}
            {target !== undefined && <span class="mono tgt">{target.slice(0, 200)}</span>}{' '}
            <span class="xs m">{summaryOf(exchange)}</span>
          </button>
        </td>
        <td>
          <StatusTag status={status} />
        </td>
        <td class="r s">{took === undefined ? '' : tookInWords(took)}</td>
        <td class="r s opt">{bytesInWords(bytes)}</td>
      </tr>
      {events.slice(-MAX_SHOWN).map((event, index) => (
        <EventRow
          key={index}
          event={event}
          isLast={index === Math.min(events.length, MAX_SHOWN) - 1}
        />
      ))}
    </>
  );
}

/** Events in the list; the exchange itself shows all. */
const MAX_SHOWN = 20;

function EventRow({ event, isLast }: { readonly event: WireEvent; readonly isLast: boolean }) {
  const { method, about } = eventOf(event);
  return (
    <tr class={isLast ? 'ev z' : 'ev'}>
      <td class="mono opt">+{(event.at / 1000).toFixed(2)} s</td>
      <td class="opt">
        <Icon name="dn" small />
      </td>
      <td class="nm">
        <span class="tree" />
        <span class="mono">{method}</span> {about}
      </td>
      <td />
      <td />
      <td class="r opt">{bytesInWords(event.bytes)}</td>
    </tr>
  );
}

function StatusTag({ status }: { readonly status: Exchange['status'] }) {
  if (typeof status === 'number') {
    return <VerdictTag verdict={verdictOfStatus(status)}>{status}</VerdictTag>;
  }
  const verdict = { open: 'info', failed: 'err', cancelled: 'none' }[status] as
    'info' | 'err' | 'none';
  return <VerdictTag verdict={verdict}>{status}</VerdictTag>;
}
