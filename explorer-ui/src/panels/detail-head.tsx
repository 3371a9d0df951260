import type { ComponentChildren } from 'preact';
import { Icon } from '../parts/icon.js';
import { CellTag } from '../parts/verdict.js';
import type { MatrixEntry } from '../server.js';
import { caller } from '../state/caller.js';
import { hrefOf } from '../state/explorer.js';
import { entryOf, matrix, ME, myCell } from '../state/matrix.js';

/** Title, description, and what the present caller may do. */
export function DetailHead({
  panel,
  kind,
  title,
  name,
  description,
  children,
}: {
  readonly panel: string;
  readonly kind: MatrixEntry['kind'];
  readonly title: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly children?: ComponentChildren;
}) {
  const cell = myCell(kind, name);
  const entry = entryOf(kind, name);
  const rule = entry && matrix.value?.rules[entry.rule];
  const column = caller.value.token === undefined ? 'anonymous' : ME;
  return (
    <header class="dh">
      <div class="t">
        <a
          class="btn sm ic quiet only-n bk"
          href={hrefOf(panel)}
          aria-label={`Back to ${panel}`}
          title={`Back to ${panel}`}
        >
          <Icon name="back" />
        </a>
        <h1>{title}</h1>
        {name !== title && <code class="m">{name}</code>}
        <span class="row-f">{children}</span>
      </div>
      {description !== undefined && description !== '' && (
        <p class="d">{description.slice(0, 5_000)}</p>
      )}
      {cell && (
        <div class="rule">
          <CellTag cell={cell} />
          <span class="s">{rule && ruleInWords(rule.text)}</span>{' '}
          <a class="lnk" href={hrefOf('access', `${kind} ${name} ${column}`)}>
            Why
          </a>
        </div>
      )}
    </header>
  );
}

function ruleInWords(text: string): string {
  if (text === 'public') return 'For everybody';
  return text
    .replace(/^any signed-in caller/, 'Signed in')
    .replaceAll(/, with (by kind|no )/g, ', $1');
}
