/** Markup that is already escaped. */
export class Html {
  constructor(readonly text: string) {}
}

/**
 * A template tag that escapes every value except {@link Html}. A formatter may change the white space
 * of its templates, so text whose exact bytes matter is not written in one.
 */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const text = parts.reduce((before, part, index) => before + render(values[index - 1]) + part);
  return new Html(text);
}

/** Escapes text for element content and for quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A colored square with the first letter of a name. */
export function badge(name: string): Html {
  const [first = '?'] = name.trim();
  const tone = Array.from(name).reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % 6;
  return html`<span class="badge tone-${tone}" aria-hidden="true">${first.toUpperCase()}</span>`;
}

/** A hidden field. Scripts read this markup, so a formatter must not change it. */
export function hiddenField(name: string, value: string): Html {
  return new Html(`<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`);
}

/** The picture of a user or an organization. */
export function picture(id: string): Html {
  return html`<img class="picture" src="/img/${id}.svg" alt="" width="40" height="40" />`;
}

type HtmlValue = Html | string | number | null | undefined | false | readonly HtmlValue[];

function render(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value));
  return value.map(render).join('');
}
