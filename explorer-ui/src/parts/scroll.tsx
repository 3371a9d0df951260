import type { ComponentChildren, Ref } from 'preact';

/**
 * Scrolls what does not fit. Everything that scrolls is this: a stop of the keyboard, whose arrow keys move
 * it, and with a name for those who do not see it.
 */
export function Scroll({
  label,
  class: className = 'scroll grow',
  role = 'region',
  element,
  children,
}: {
  readonly label: string;
  readonly class?: string;
  readonly role?: 'region' | 'tabpanel';
  readonly element?: Ref<HTMLDivElement>;
  readonly children: ComponentChildren;
}) {
  return (
    <div
      class={className}
      tabIndex={0}
      role={role}
      aria-label={label}
      {...(element !== undefined && { ref: element })}
    >
      {children}
    </div>
  );
}
