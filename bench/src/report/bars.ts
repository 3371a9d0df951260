/** A picture of bars that are compared with 1. */
export interface Picture {
  readonly title: string;
  /** What is measured, and what 1 is. */
  readonly subtitle: string;
  readonly bars: readonly Bar[];
}

export interface Bar {
  readonly label: string;
  /** Length: 1 is the whole width, and what is longer is cut. */
  readonly share: number;
  /** What stands beside it. */
  readonly text: string;
}

/** Draws bars as SVG. */
export function toSvg({ title, subtitle, bars }: Picture): string {
  const height = TOP + bars.length * ROW + 10;
  const rows = bars.map(({ label, share, text }, at) => {
    const y = TOP + at * ROW;
    const width = Math.max(2, Math.min(1, share) * BAR);
    return [
      `<text x="${LEFT - 10}" y="${y + 15}" text-anchor="end">${escape(label)}</text>`,
      `<rect x="${LEFT}" y="${y}" width="${width.toFixed(0)}" height="20" rx="3" fill="${colour(label)}"/>`,
      `<text x="${LEFT + width + 8}" y="${y + 15}" fill="#57606a">${escape(text)}</text>`,
    ].join('\n');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${LEFT + BAR + 240}" height="${height}" font-family="system-ui, sans-serif" font-size="13">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="10" y="22" font-size="15" font-weight="600">${escape(title)}</text>`,
    `<text x="10" y="40" fill="#57606a">${escape(subtitle)}</text>`,
    ...rows,
    '</svg>',
    '',
  ].join('\n');
}

const TOP = 56;
const ROW = 30;
const LEFT = 380;
const BAR = 420;

function colour(label: string): string {
  if (label.startsWith('nestjs-clerk-mcp')) return '#6c47ff';
  return label.startsWith('bare') ? '#afb8c1' : '#d0d7de';
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
