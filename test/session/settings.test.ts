/** The table of settings: what each takes, and what it makes of it. */
import { describe, expect, test } from 'vitest';
import { Settings } from '../../src/session/settings.ts';
import { SETTINGS } from '../../src/session/settings-table.ts';
import { splitOptions } from '../../src/session/startup-options.ts';

function set(name: string, text: string): string {
  const settings = new Settings(new Map());
  settings.set(name, text, false);
  return settings.show(name).value;
}

describe('a value is kept in its normal form', () => {
  test.each([
    ['TimeZone', 'europe/berlin', 'Europe/Berlin'],
    ['timezone', 'utc', 'UTC'],
    ['TIMEZONE', 'US/Pacific', 'US/Pacific'],
    ['TimeZone', '-7', 'Etc/GMT+7'],
    ['TimeZone', '+5', 'Etc/GMT-5'],
    ['TimeZone', '0', 'UTC'],
    ['TimeZone', "INTERVAL '-08:00'", 'Etc/GMT+8'],
    ['DateStyle', 'ISO', 'ISO, MDY'],
    ['DateStyle', 'iso, mdy', 'ISO, MDY'],
    ['client_encoding', 'utf-8', 'UTF8'],
    ['client_encoding', 'UNICODE', 'UTF8'],
    ['client_encoding', "'utf-8'", 'UTF8'],
    ['client_encoding', 'sql_ascii', 'SQL_ASCII'],
    ['standard_conforming_strings', 'true', 'on'],
    ['statement_timeout', '90000', '90s'],
    ['statement_timeout', '2min', '2min'],
    ['statement_timeout', '1.5s', '1500ms'],
    ['statement_timeout', '0', '0'],
    ['work_mem', '1024', '1MB'],
    ['geqo', 'f', 'off'],
    ['extra_float_digits', ' 3 ', '3'],
    ['application_name', 'a\u0000b\u{1f600}', 'a\\x00b\\xf0\\x9f\\x98\\x80'],
    ['application_name', 'x'.repeat(100), 'x'.repeat(63)],
    ['semwire.measure_aggregates', 'COMPATIBLE', 'compatible'],
    ['transaction_isolation', 'Repeatable Read', 'repeatable read'],
    ['IntervalStyle', 'ISO_8601', 'iso_8601'],
    ['IntervalStyle', 'sql_standard', 'sql_standard'],
    ['my.own', 'anything', 'anything'],
  ])('%s = %s', (name, text, value) => {
    expect(set(name, text)).toBe(value);
  });
});

describe('a value that has no effect here, or none at all, is refused', () => {
  test.each([
    ['TimeZone', 'Mars/Olympus', '22023'],
    ['TimeZone', '+05:30', '0A000'],
    ['TimeZone', '<+02>-02', '22023'],
    ['TimeZone', '99', '22023'],
    ['DateStyle', 'German', '0A000'],
    ['DateStyle', 'ISO, DMY', '0A000'],
    ['DateStyle', 'x', '22023'],
    ['bytea_output', 'escape', '0A000'],
    ['standard_conforming_strings', 'off', '0A000'],
    ['transaction_read_only', 'off', '0A000'],
    ['client_encoding', 'LATIN1', '22023'],
    ['statement_timeout', '-1', '22023'],
    ['statement_timeout', '1 week', '22023'],
    ['statement_timeout', '', '22023'],
    ['extra_float_digits', '4', '22023'],
    ['semwire.measure_aggregates', 'loose', '22023'],
    ['semwire.nothing', 'x', '42602'],
    ['semwire_fact.about', '{}', '42602'],
    ['SEMWIRE_FACT.pid', '1', '42602'],
    ['nothing', 'x', '42704'],
    ['a.b-c', 'x', '42602'],
    ['server_version', '17', '55P02'],
    ['is_superuser', 'on', '55P02'],
    ['session_authorization', 'postgres', '55P02'],
    ['role', 'postgres', '55P02'],
  ])('%s = %s', (name, text, code) => {
    expect(() => set(name, text)).toThrow(expect.objectContaining({ code }));
  });

  test.each(['semwire_fact.about', 'Semwire_Fact.x', 'semwire.nothing'])('%s is no name to set', (name) => {
    const prefix = name.split('.')[0];
    const refusal = {
      code: '42602',
      message: `invalid configuration parameter name "${name}"`,
      detail: `"${prefix}" is a reserved prefix.`,
    };
    const settings = new Settings(new Map());
    for (const local of [false, true]) {
      expect(() => settings.set(name, 'x', local)).toThrow(expect.objectContaining(refusal));
      expect(() => settings.reset(name, local)).toThrow(expect.objectContaining(refusal));
    }
    expect(() => settings.show(name)).toThrow(expect.objectContaining({ code: '42704' }));
    expect(set('semwire_factory.x', 'y')).toBe('y');
  });

  test.each(['WIN1252', "'windows-1252'", 'LATIN1', 'SJIS', 'GBK'])('%s, with how to ask for UTF8', (encoding) => {
    expect(() => set('client_encoding', encoding)).toThrow(
      expect.objectContaining({ code: '22023', hint: expect.stringMatching(/PGCLIENTENCODING to UTF8.*chcp 65001/) }),
    );
  });

  test('memory for settings of the client’s own is bounded', () => {
    const settings = new Settings(new Map());
    for (let count = 0; count < 200; count++) settings.set(`a.b${count}`, 'x', false);
    expect(() => settings.set('a.more', 'x', false)).toThrow(expect.objectContaining({ code: '53400' }));
    settings.set('a.b7', 'changed', false);
    expect(() => settings.set('a.b7', 'x'.repeat(100_000), false)).toThrow(expect.objectContaining({ code: '53400' }));
  });
});

test('every default is a value that the setting takes', () => {
  for (const { name, initial, kind } of SETTINGS.values()) {
    if (kind !== undefined) expect([name, kind(initial, name)]).toEqual([name, initial]);
  }
});

test('changes of what clients are told are told once', () => {
  const settings = new Settings(new Map([['session_authorization', 'a']]));
  expect(settings.takeChanges().map(([name]) => name)).toContain('server_version');
  expect(settings.takeChanges()).toEqual([]);
  settings.set('work_mem', '8MB', false);
  expect(settings.takeChanges()).toEqual([]);
  settings.set('TIMEZONE', 'UTC', false);
  expect(settings.takeChanges()).toEqual([]);
  settings.set('timezone', 'Asia/Tokyo', false);
  expect(settings.takeChanges()).toEqual([['TimeZone', 'Asia/Tokyo']]);
});

test('command-line options of the startup packet', () => {
  expect(splitOptions('')).toEqual([]);
  expect(splitOptions('-c a=1 -cb=2 --my-name=3 -c d=e\\ f\\\\g -c x=')).toEqual([
    ['a', '1'],
    ['b', '2'],
    ['my_name', '3'],
    ['d', 'e f\\g'],
    ['x', ''],
  ]);
  for (const bad of ['x', '-c', '-c a', '-d 1', '--a', '-c =1']) {
    expect(() => splitOptions(bad)).toThrow(expect.objectContaining({ code: '42601', severity: 'FATAL' }));
  }
});
