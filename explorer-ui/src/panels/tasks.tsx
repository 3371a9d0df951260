import { Scroll } from '../parts/scroll.js';
import { EmptyState, timeOf } from '../parts/small.js';
import { Icon } from '../parts/icon.js';
import { VerdictTag } from '../parts/verdict.js';
import { hrefOf, now, route } from '../state/explorer.js';
import { questions } from '../state/questions.js';
import { cancelTask, isRunning, lookAgain, tasks, type Task } from '../state/tasks.js';
import type { Verdict } from '../state/matrix.js';
import { QuestionCard } from './question.js';
import { Cures } from './refusal.js';
import { ResultView } from './result.js';

/** The tasks that this page has started. */
export function TasksPanel() {
  const { entry: chosen } = route.value;
  const all = tasks.value;
  const shown = all.find(({ id }) => id === chosen) ?? all[0];
  return (
    <section class="screen split" data-open={chosen === undefined ? 'list' : 'detail'}>
      <div class="col">
        <nav class="kinds" aria-label="Kinds">
          {['tools', 'resources', 'prompts', 'tasks'].map((kind) => (
            <a key={kind} href={hrefOf(kind)} aria-current={kind === 'tasks' ? 'page' : undefined}>
              {kind[0]?.toUpperCase()}
              {kind.slice(1)}
            </a>
          ))}
        </nav>
        <div class="head">
          <h1 class="el">Tasks</h1>
        </div>
        <nav class="scroll grow list" aria-label="Tasks" tabIndex={all.length === 0 ? 0 : -1}>
          {all.length === 0 && (
            <EmptyState icon="task" title="No task was started yet">
              Tools with <code>task: 'optional'</code> or <code>'required'</code> have a box “as a
              task”, in {`2026-07-28`}.
            </EmptyState>
          )}
          {all.map((task) => (
            <a
              key={task.id}
              class="li"
              href={hrefOf('tasks', task.id)}
              aria-current={task.id === shown?.id ? 'true' : undefined}
            >
              <span class="tx">
                <b class="el">{task.tool}</b>
                <span class="mt2">
                  <span class="el mono">{task.id}</span>
                </span>
              </span>
              <span class="en">
                <VerdictTag verdict={verdictOfTask(task)}>{task.status}</VerdictTag>
              </span>
            </a>
          ))}
        </nav>
      </div>
      <div class="col">{shown && <TaskDetail task={shown} />}</div>
    </section>
  );
}

function verdictOfTask({ status }: Task): Verdict | 'info' | 'none' {
  if (status === 'completed') return 'ok';
  if (status === 'failed' || status === 'lost') return 'err';
  return status === 'cancelled' ? 'none' : 'info';
}

function TaskDetail({ task }: { readonly task: Task }) {
  const { id, tool, status, message, startedAt, result, error, lost } = task;
  const isSignIn = lost?.status === 401;
  const again = status === 'lost' ? () => lookAgain(id) : undefined;
  const seconds = Math.max(0, Math.round((now.value - startedAt) / 1000));
  return (
    <article class="detail scroll">
      <header class="dh">
        <div class="t">
          <a class="btn sm ic quiet only-n bk" href={hrefOf('tasks')} aria-label="Back to tasks">
            <Icon name="back" />
          </a>
          <h1>{tool}</h1>
          <code class="m el">{id}</code>
        </div>
        <div class="rule">
          <VerdictTag verdict={verdictOfTask(task)}>{status.replaceAll('_', ' ')}</VerdictTag>
          <span class="s">
            since {timeOf(startedAt)}
            {isRunning(task) && `, ${seconds} s`}
          </span>
        </div>
      </header>
      <Scroll label="The task" class="ab task">
        {isRunning(task) && (
          <div class="box card-b">
            <progress class="bar-of" aria-label="The task works" />
            <div class="row-f">
              <span class="sm s grow" role="status">
                {message ?? 'The server works.'}
              </span>
              <button type="button" class="btn sm" onClick={() => void cancelTask(id)}>
                Cancel
              </button>
            </div>
          </div>
        )}
        {questions.value.map((question) => (
          <QuestionCard key={question.id} question={question} />
        ))}
        {lost !== undefined && (
          <>
            <div class={`note v-${isSignIn ? 'auth' : 'err'}`} role="alert">
              <Icon name={isSignIn ? 'key' : 'warn'} />
              <span>
                {isSignIn
                  ? 'The server refuses the token, and does not say how the task is. It goes on.'
                  : `The task was lost out of sight: ${lost.message}`}
              </span>
            </div>
            {isSignIn && <Cures verdict="auth" scopes={[]} then={again} next="look again" />}
            {!isSignIn && again && (
              <button type="button" class="btn sm start" onClick={again}>
                Look again
              </button>
            )}
          </>
        )}
        {error !== undefined && (
          <div class="note v-err">
            <Icon name="warn" />
            <span>{error}</span>
          </div>
        )}
        {result && <ResultView result={result} />}
      </Scroll>
    </article>
  );
}
