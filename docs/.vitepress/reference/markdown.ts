/** The first lines of a generated page. */
export function page(title: string, sources: string, ...parts: readonly string[]): string {
  const note = `<!-- Written by \`npm run docs:reference\` from ${sources}. Do not edit. -->`;
  return `${[`# ${title}`, note, ...parts].join('\n\n')}\n`;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function code(text: string): string {
  return `\`${text}\``;
}

/** What a description says of the default, and the rest. */
export function splitDefault(text: string): { readonly text: string; readonly standard: string } {
  const [sentence, standard] = /Default(?::|(?= `)) (.+?)(?:\.(?=\s|$)|$)/s.exec(text) ?? [];
  if (sentence === undefined || standard === undefined) return { text, standard: '–' };
  return { text: text.replace(sentence, '').replaceAll(/\s+/g, ' ').trim(), standard };
}

function cell(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').trim() || '–';
}
