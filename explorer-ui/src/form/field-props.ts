import type { ComponentType } from 'preact';
import type { Draft, Problem } from '../schema/draft.js';
import type { Field } from '../schema/field.js';

/** What a control of a form gets. */
export interface FieldProps {
  readonly field: Field;
  readonly draft: Draft;
  readonly path: string;
  readonly problems: readonly Problem[];
  readonly onChange: (draft: Draft) => void;
}

/** What the fields of an object get. */
export interface FieldsProps extends Omit<FieldProps, 'field' | 'path'> {
  readonly fields: readonly Field[];
  readonly path?: string;
}

/** A list has fields in it, which have lists in them. */
export interface ListProps extends FieldProps {
  readonly id: string;
  readonly described: string;
  readonly invalid: boolean;
  readonly Fields: ComponentType<FieldsProps>;
}
