import { Icon } from '../parts/icon.js';

/** A letter, a lock or a machine, beside the name. */
export function Avatar({
  name,
  isAnonymous,
  isMachine = false,
}: {
  readonly name: string;
  readonly isAnonymous: boolean;
  readonly isMachine?: boolean;
}) {
  return (
    <span class={isMachine ? 'av sq' : 'av'} aria-hidden="true">
      {isAnonymous && <Icon name="lock" small />}
      {isMachine && <Icon name="robot" small />}
      {!isAnonymous && !isMachine && [...name][0]?.toUpperCase()}
    </span>
  );
}
