import { describe, expect, it } from 'vitest';
import {
  EventListeners,
  keysAskedFor,
  updateKey,
} from '../../../src/mcp/server/event-listeners.js';

describe('EventListeners', () => {
  it('calls those who listen to an event, and nobody else', () => {
    const listeners = new EventListeners();
    const called: string[] = [];
    const named = (name: string) => () => void called.push(name);
    const [one, other, list] = [named('one'), named('other'), named('list')];
    listeners.add(updateKey('notes://1'), one);
    listeners.add(updateKey('notes://2'), one);
    listeners.add(updateKey('notes://1'), other);
    listeners.add('tools_list_changed', list);

    listeners.deliver({ kind: 'resource_updated', uri: 'notes://1' });
    listeners.deliver({ kind: 'resource_updated', uri: 'notes://3' });
    listeners.deliver({ kind: 'tools_list_changed' });
    listeners.deliver({ kind: 'prompts_list_changed' });

    expect(called).toEqual(['one', 'other', 'list']);
  });

  it('holds nothing for those who have left', () => {
    const listeners = new EventListeners();
    const listener = () => undefined;
    for (const key of ['a', 'b', 'a']) listeners.add(key, listener);
    expect(listeners.size).toBe(2);

    for (const key of ['a', 'b', 'c']) listeners.delete(key, listener);

    expect(listeners.size).toBe(0);
  });

  it('may change while an event is delivered', () => {
    const listeners = new EventListeners();
    let calls = 0;
    const leaves = () => {
      calls += 1;
      listeners.delete('tools_list_changed', leaves);
    };
    listeners.add('tools_list_changed', leaves);

    listeners.deliver({ kind: 'tools_list_changed' });
    listeners.deliver({ kind: 'tools_list_changed' });

    expect(calls).toBe(1);
  });
});

describe('The events that a subscription asks for', () => {
  it('are those that it names', () => {
    const keys = keysAskedFor({
      toolsListChanged: true,
      promptsListChanged: false,
      resourceSubscriptions: ['notes://1', 5, 'notes://1'],
    });

    expect([...keys]).toEqual(['tools_list_changed', updateKey('notes://1')]);
  });

  it.each([undefined, null, 'all', [], { toolsListChanged: 'yes' }, { resourceSubscriptions: {} }])(
    'are none for %j',
    (notifications) => expect(keysAskedFor(notifications).size).toBe(0),
  );
});
