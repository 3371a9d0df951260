import { z } from 'zod';
import type { Json } from '../../backplane/backplane.js';
import type { StoredTask } from './stored-task.js';
import type { InputResponses } from './task-input.js';

/** A task as the nodes share it. Nodes of other versions may have written further members. */
export interface TaskRecord {
  readonly task: StoredTask;
  /** Answers of the client that the node that runs the task has not accepted yet, by key on the wire. */
  readonly answers?: InputResponses;
  /** Whether a client listens to the task at another node than the one that runs it. */
  readonly isWatched: boolean;
  /** All members as they are stored. */
  readonly stored: Json;
}

/** What changes in a record. */
export interface RecordChange {
  readonly task?: StoredTask;
  readonly answers?: InputResponses | undefined;
  readonly isWatched?: true;
}

/** The task in a record; `undefined` for a record of another version, or without the shape of one. */
export function readTaskRecord(stored: Json): TaskRecord | undefined {
  const parsed = RECORD.safeParse(stored);
  if (!parsed.success) return undefined;
  const { task, answers, watched } = parsed.data;
  // The schema has checked what the type says; results and questions are read by clients alone.
  return {
    task: task as unknown as StoredTask,
    ...(answers && { answers }),
    isWatched: watched === true,
    stored,
  };
}

/** The first record of a task. */
export function newTaskRecord(task: StoredTask): TaskRecord {
  return { task, isWatched: false, stored: { v: VERSION, task } };
}

/** The record with changes. Members that this version does not know stay as they are. */
export function changeRecord(record: TaskRecord, change: RecordChange): TaskRecord {
  const { task = record.task, isWatched = record.isWatched } = change;
  const answers = 'answers' in change ? change.answers : record.answers;
  const merged = { ...record.task, ...task };
  const { answers: _earlier, ...others } = record.stored;
  const stored = {
    ...others,
    v: VERSION,
    task: merged,
    ...(answers && { answers }),
    ...(isWatched && { watched: true }),
  };
  return { task: merged, ...(answers && { answers }), isWatched, stored };
}

const VERSION = 1;

const STATE = z.discriminatedUnion('status', [
  z.looseObject({ status: z.literal('working') }),
  z.looseObject({
    status: z.literal('input_required'),
    inputRequests: z.record(z.string(), z.looseObject({ method: z.string() })),
  }),
  z.looseObject({
    status: z.literal('completed'),
    result: z.looseObject({ content: z.array(z.looseObject({ type: z.string() })) }),
  }),
  z.looseObject({
    status: z.literal('failed'),
    error: z.looseObject({ code: z.int(), message: z.string() }),
  }),
  z.looseObject({ status: z.literal('cancelled') }),
]);

const RECORD = z.looseObject({
  v: z.literal(VERSION),
  task: z.looseObject({
    id: z.string(),
    tool: z.string(),
    owner: z.string().nullable(),
    quotaKey: z.string().optional(),
    heldBytes: z.number().optional(),
    // Dates that can be written.
    createdAt: z.number().min(0).max(8.64e15),
    updatedAt: z.number().min(0).max(8.64e15),
    ttlMs: z.number().positive(),
    pollIntervalMs: z.number().positive(),
    statusMessage: z.string().optional(),
    detached: z.literal(true).optional(),
    state: STATE,
  }),
  answers: z.record(z.string(), z.unknown()).optional(),
  watched: z.boolean().optional(),
});
