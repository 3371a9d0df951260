import { array, assert, boolean, property, stringMatching, webUrl } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  normalizeTemplate,
  normalizeUri,
  uriIdentity,
} from '../../../src/mcp/protocol/normalize-uri.js';

describe('normalizeUri (RFC 3986 §6.2.2)', () => {
  it.each([
    ['NOTES://secret', 'notes://secret'],
    ['notes://%73ecret', 'notes://secret'],
    ['notes://a%2fb', 'notes://a%2Fb'],
    ['notes://a/./b/../c', 'notes://a/c'],
    ['notes://a/..', 'notes://a/'],
    ['notes://a/%2e%2e/b', 'notes://a/b'],
    ['notes:///../../etc', 'notes:///etc'],
    ['file:/a/../b', 'file:/b'],
    ['urn:a:..:b', 'urn:a:..:b'],
    ['urn:a/../b', 'urn:a/../b'],
    ['x:', 'x:'],
    ['x://', 'x://'],
    ['X://A/b.c/d', 'x://A/b.c/d'],
    ['notes://a?%7eq=%3F#%41', 'notes://a?~q=%3F#A'],
    ['notes://Ab3/X', 'notes://Ab3/X'],
    ['notes://a%zz', 'notes://a%zz'],
    ['notes://a%2573', 'notes://a%2573'],
    ['notes://café/a b', 'notes://caf%C3%A9/a%20b'],
    ['notes://caf%c3%a9/a%20b', 'notes://caf%C3%A9/a%20b'],
    ['notes://a/"<>^`|{}\\', 'notes://a/%22%3C%3E%5E%60%7C%7B%7D%5C'],
    ['notes://😀/\ud800', 'notes://%F0%9F%98%80/%EF%BF%BD'],
    ["x://a.b-_~!$&'()*+,;=:@/[]?/?#/?", "x://a.b-_~!$&'()*+,;=:@/[]?/?#/?"],
    ['no scheme', 'no scheme'],
    ['', ''],
  ])('%s is %s', (uri, normal) => {
    expect(normalizeUri(uri)).toBe(normal);
  });

  it('is a form: what has it keeps it', () => {
    assert(
      property(webUrl({ withFragments: true, withQueryParameters: true }), (url) => {
        const normal = normalizeUri(url);
        expect(normalizeUri(normal)).toBe(normal);
        expect(uriIdentity(uriIdentity(url))).toBe(uriIdentity(url));
      }),
    );
  });

  it('makes every percent-encoded spelling of an unreserved character the same', () => {
    assert(
      property(stringMatching(/^[\w.~-]{1,12}$/), array(boolean()), (text, encoded) => {
        const spelling = [...text]
          .map((char, at) =>
            encoded[at] ? `%${char.charCodeAt(0).toString(16).padStart(2, '0')}` : char,
          )
          .join('');
        expect(normalizeUri(`x://h/a${spelling}`)).toBe(normalizeUri(`x://h/a${text}`));
      }),
    );
  });
});

describe('uriIdentity', () => {
  it.each([
    ['notes://SECRET', 'notes://secret'],
    ['notes://S%2dX/Path', 'notes://s-x/Path'],
    ['notes://User@HOST/P', 'notes://User@host/P'],
    ['notes://a%2fB', 'notes://a%2Fb'],
    ['notes://%c3%A9', 'notes://%C3%A9'],
    ['notes://User%2f@HOST', 'notes://User%2F@host'],
    ['notes://host/P', 'notes://host/P'],
    ['urn:Notes:A', 'urn:Notes:A'],
    ['no scheme', 'no scheme'],
  ])('%s is %s: a host has no case', (uri, identity) => {
    expect(uriIdentity(uri)).toBe(identity);
  });
});

describe('normalizeTemplate', () => {
  it.each([
    ['Notes://Shelf/{id}', 'notes://shelf/{id}'],
    ['notes://{Shelf}/Path/{id}', 'notes://{Shelf}/Path/{id}'],
    ['notes://%73helf/{+rest}', 'notes://shelf/{+rest}'],
    ['notes:Plain/{id}', 'notes:Plain/{id}'],
    ['{+any}', '{+any}'],
    ['Plain/{id}', 'Plain/{id}'],
    ['1notes://Shelf/{id}', '1notes://Shelf/{id}'],
    ['n1+.-://Shelf/{id}', 'n1+.-://shelf/{id}'],
    ['N_A://Shelf/{id}', 'N_A://Shelf/{id}'],
    ['Notes://Shelf', 'notes://shelf'],
    ['notes://{a}Shelf{b}Two/Path{c}Three', 'notes://{a}shelf{b}two/Path{c}Three'],
    ['notes://Shelf?Q={id}', 'notes://shelf?Q={id}'],
    ['notes:///Path/{Id}/More', 'notes:///Path/{Id}/More'],
    ['notes:/Path/{id}', 'notes:/Path/{id}'],
  ])('%s is %s', (template, normal) => {
    expect(normalizeTemplate(template)).toBe(normal);
  });
});
