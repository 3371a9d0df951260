import { Code, Json } from '../parts/json.js';
import { bytesInWords, Section } from '../parts/small.js';
import type { Exchange } from '../state/wire.js';
import { eventOf } from './event.js';

/** One exchange: headers, bodies, and each event of a stream. */
export function ExchangeView({ exchange }: { readonly exchange: Exchange }) {
  const {
    method,
    url,
    requestHeaders,
    requestBody,
    status,
    responseHeaders,
    responseBody,
    events,
  } = exchange;
  const { pathname } = new URL(url, location.href);
  return (
    <div class="exchange">
      <Section title="Request headers" note={requestHeaders.length} open>
        <Headers first={[method, pathname]} headers={requestHeaders} />
      </Section>
      {requestBody !== undefined && (
        <Section title="Request body" note={bytesInWords(requestBody.length)} open>
          <Body text={requestBody} label="Request body" />
        </Section>
      )}
      <Section title="Response headers" note={responseHeaders.length} open={isRefused(exchange)}>
        <Headers first={[String(status), '']} headers={responseHeaders} />
      </Section>
      {responseBody !== undefined && responseBody !== '' && (
        <Section title="Response body" note={bytesInWords(exchange.bytes)} open>
          <Body text={responseBody} label="Response body" />
        </Section>
      )}
      {events.length > 0 && (
        <Section
          title="Events"
          note={`${events.length}${status === 'open' ? ', stream open' : ''}`}
          open
        >
          <div class="log">
            {events.map((event, index) => {
              const { method: kind, about } = eventOf(event);
              return [
                <span class="m" key={`${index}t`}>
                  +{(event.at / 1000).toFixed(2)}
                </span>,
                <span key={`${index}k`}>{kind.replace('notifications/', '')}</span>,
                <span key={`${index}d`}>{about}</span>,
              ];
            })}
          </div>
          <Section title="The last event">
            <Body text={events.at(-1)?.data ?? ''} label="The last event" />
          </Section>
        </Section>
      )}
    </div>
  );
}

function Headers({
  first,
  headers,
}: {
  readonly first: readonly [string, string];
  readonly headers: Exchange['requestHeaders'];
}) {
  return (
    <dl class="hd">
      <dt>{first[0]}</dt>
      <dd>{first[1]}</dd>
      {headers.map(([name, value], index) => [
        <dt key={`${index}n`}>{name}</dt>,
        <dd key={`${index}v`}>{value.slice(0, 4_000)}</dd>,
      ])}
    </dl>
  );
}

function Body({ text, label }: { readonly text: string; readonly label: string }) {
  try {
    return <Json value={JSON.parse(text)} label={label} />;
  } catch {
    return <Code text={text} label={label} />;
  }
}

const isRefused = ({ status }: Exchange): boolean => typeof status === 'number' && status >= 400;
