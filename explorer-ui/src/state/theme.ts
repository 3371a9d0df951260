import { signal } from '@preact/signals';

/** `undefined`: as the system is. It is forgotten with the tab, as everything is. */
export const theme = signal<'light' | 'dark' | undefined>(undefined);

export function startTheme(): void {
  theme.subscribe((value) => {
    if (value) document.documentElement.dataset['theme'] = value;
  });
}

export function switchTheme(): void {
  const isDark = matchMedia('(prefers-color-scheme: dark)').matches;
  const now = theme.value ?? (isDark ? 'dark' : 'light');
  theme.value = now === 'dark' ? 'light' : 'dark';
}
