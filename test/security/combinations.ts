/**
 * Where the systems of access control meet (contract 7, its head and points 2 and 8–11), as data over the model
 * `combinations`. `by hand` is the answer in plain SQL over all the tables, with every condition written out.
 */

/** A token's claims, and the persona that it then acts as; or, without a token, the user of a trusted proxy. */
export type Who = { readonly claims: object; readonly role?: string } | { readonly proxied: string };

export type Combination = {
  readonly systems: string;
  readonly who: keyof typeof WHO;
  readonly sql: string;
} & (
  | { readonly rows: readonly string[]; readonly byHand: string }
  /** `absent`: the name in the statement that answers as one that is not there. */
  | { readonly code: string; readonly absent?: string }
);

const RED = { groups: ['staff'], tenant: 'red', regions: ['north', 'south'] };
const done = [{ member: 'orders.status', operator: 'equals', values: ['done'] }];
const open = [{ member: 'orders.status', operator: 'equals', values: ['open'] }];
const northern = [{ member: 'shops.region', operator: 'equals', values: ['north'] }];

export const WHO = {
  red: { claims: { sub: 'free', ...RED } },
  'red, of the north': { claims: { sub: 'free', ...RED, regions: ['north'] } },
  'red, of no region': { claims: { sub: 'free', ...RED, regions: [] } },
  'red, without a tenant': { claims: { sub: 'free', groups: ['staff'], regions: [] } },
  helper: { claims: { sub: 'free', groups: ['helper'] } },
  'red and helper': { claims: { sub: 'free', ...RED, groups: ['staff', 'helper'] } },
  'boss and helper': { claims: { sub: 'free', groups: ['helper', 'boss'] } },
  boss: { claims: { sub: 'free', groups: ['boss'] } },
  'in no group': { claims: { sub: 'free' } },
  'red of open orders': { claims: { sub: 'opens', ...RED } },
  'red of northern shops': { claims: { sub: 'northern', ...RED } },
  'red without shops': { claims: { sub: 'no_shops', ...RED } },
  'boss without orders': { claims: { sub: 'no_orders', groups: ['boss'] } },
  'boss who may view': { claims: { sub: 'viewer', groups: ['boss'] } },
  'boss of some cubes': { claims: { sub: 'partial', groups: ['boss'] } },
  'boss of all cubes of views': { claims: { sub: 'whole', groups: ['boss'] } },
  'boss of no right': { claims: { sub: 'nobody', groups: ['boss'] } },
  'red, token on done': { claims: { sub: 'free', ...RED, filters: done } },
  'boss, token on the north': { claims: { sub: 'free', groups: ['boss'], filters: northern } },
  'boss, branch north': { claims: { sub: 'free', groups: ['boss'], branch: 'north' } },
  'red, branch north': { claims: { sub: 'free', ...RED, branch: 'north' } },
  'helper, branch south': { claims: { sub: 'free', groups: ['helper'], branch: 'south' } },
  'red of open orders, branch and token': {
    claims: {
      sub: 'opens',
      ...RED,
      branch: 'north',
      filters: [{ ...open[0], member: 'orders.clerk', values: ['ann'] }],
    },
  },
  'red of the south, branch north': { claims: { sub: 'free', ...RED, regions: ['south'], branch: 'north' } },
  'red of northern shops, token on the south': {
    claims: { sub: 'northern', ...RED, filters: [{ ...northern[0], values: ['south'] }] },
  },
  'red without shops, token on the north': { claims: { sub: 'no_shops', ...RED, filters: northern } },
  'support as red': { claims: { sub: 'support' }, role: 'Red staff' },
  'support, token on open, as red': { claims: { sub: 'support', filters: open }, role: 'Red staff' },
  'support, token on open, as red of Ann': { claims: { sub: 'support', filters: open }, role: 'Red staff of Ann' },
  'support, branch north, as red': { claims: { sub: 'support', branch: 'north' }, role: 'Red staff' },
  'boss, as who may view': { claims: { sub: 'support', groups: ['boss'] }, role: 'Boss who may view' },
  'support as boss of open orders': { claims: { sub: 'support' }, role: 'Boss of open orders' },
  'support as boss of nothing': { claims: { sub: 'support', groups: ['boss'] }, role: 'Boss of nothing' },
  guest: { proxied: 'a stranger' },
  'boss by a proxy': { proxied: 'free' },
} as const satisfies Readonly<Record<string, Who>>;

export const COMBINATIONS: readonly Combination[] = [
  {
    systems: "a cube's policy, in a view without one",
    who: 'red',
    sql: 'SELECT id, status, amount FROM sales',
    rows: ['1|open|10', '2|done|20', '3|void|30', '6|open|60'],
    byHand: "SELECT id, status, amount FROM orders WHERE tenant = 'red'",
  },
  {
    systems: 'and of a joined cube, where a member of it is read',
    who: 'red, of the north',
    sql: 'SELECT id, shop FROM sales',
    rows: ['1|Hill', '3|Hill'],
    byHand:
      "SELECT o.id, s.name FROM orders o LEFT JOIN shops s ON o.shop = s.id WHERE tenant = 'red' AND region = 'north'",
  },
  {
    systems: 'but not where none is',
    who: 'red, of the north',
    sql: 'SELECT id FROM sales',
    rows: ['1', '2', '3', '6'],
    byHand: "SELECT id FROM orders WHERE tenant = 'red'",
  },
  {
    systems: 'an empty list in the policy of a joined cube',
    who: 'red, of no region',
    sql: 'SELECT count(*), count(shop) FROM sales',
    rows: ['0|0'],
    byHand: 'SELECT count(*), count(name) FROM shops WHERE FALSE',
  },
  {
    systems: 'a claim that a policy lacks',
    who: 'red, without a tenant',
    sql: 'SELECT id FROM sales',
    code: '42501',
  },
  {
    systems: 'a to-many cube without a policy, over filtered rows',
    who: 'red',
    sql: 'SELECT id, refunded FROM sales',
    rows: ['1|8', '2|1', '3|∅', '6|∅'],
    byHand:
      "SELECT o.id, sum(r.amount) FROM orders o LEFT JOIN refunds r ON o.id = r.order_id WHERE tenant = 'red' GROUP BY 1",
  },
  {
    systems: "a member that the cube's policy excludes",
    who: 'red',
    sql: 'SELECT note FROM sales',
    code: '42703',
    absent: 'note',
  },
  {
    systems: "is there where the view's policy replaces the cube's member rules, and the row filters of both hold",
    who: 'red',
    sql: 'SELECT id, note, clerk FROM desk',
    rows: ['1|n1|somebody', '2|n2|somebody', '6|n6|somebody'],
    byHand: "SELECT id, note, 'somebody' FROM orders WHERE tenant = 'red' AND status <> 'void'",
  },
  {
    systems: "and with the joined cube's",
    who: 'red, of the north',
    sql: 'SELECT count(*), max(shop), total FROM desk GROUP BY ()',
    rows: ['1|Hill|10'],
    byHand:
      "SELECT count(*), max(name), sum(amount) FROM orders o JOIN shops s ON o.shop = s.id WHERE tenant = 'red' AND status <> 'void' AND region = 'north'",
  },
  {
    systems: "a member that the view's policy leaves out",
    who: 'red',
    sql: 'SELECT tenant FROM desk',
    code: '42703',
    absent: 'tenant',
  },
  {
    systems: "masks of the cube's policy",
    who: 'helper',
    sql: 'SELECT id, amount, status FROM sales',
    rows: ['1|0|open', '4|0|open', '6|0|open', '7|0|open'],
    byHand: "SELECT id, 0, status FROM orders WHERE status = 'open'",
  },
  {
    systems: 'a member made of a masked one, granted by name',
    who: 'helper',
    sql: 'SELECT id, doubled FROM sales',
    rows: ['1|20', '4|80', '6|120', '7|140'],
    byHand: "SELECT id, 2 * amount FROM orders WHERE status = 'open'",
  },
  {
    systems: 'a masked measure, and one that is not',
    who: 'helper',
    sql: 'SELECT total, order_count FROM sales',
    rows: ['-1|4'],
    byHand: "SELECT -1, count(*) FROM orders WHERE status = 'open'",
  },
  {
    systems: "no masks of the cube's where the view's policy grants the member",
    who: 'helper',
    sql: 'SELECT id, amount FROM desk',
    rows: ['1|10', '4|40', '6|60', '7|70'],
    byHand: "SELECT id, amount FROM orders WHERE status = 'open'",
  },
  { systems: 'and nothing else of it', who: 'helper', sql: 'SELECT status FROM desk', code: '42703', absent: 'status' },
  {
    systems: 'two policies of which one masks: raw on the rows of the other',
    who: 'red and helper',
    sql: 'SELECT id, amount FROM sales',
    rows: ['1|10', '2|20', '3|30', '4|0', '6|60', '7|0'],
    byHand:
      "SELECT id, CASE WHEN tenant = 'red' THEN amount ELSE 0 END FROM orders WHERE tenant = 'red' OR status = 'open'",
  },
  {
    systems: 'also in conditions, orders and aggregates',
    who: 'red and helper',
    sql: 'SELECT sum(amount), max(amount), count(*) FILTER (WHERE amount = 0) FROM sales WHERE amount < 60',
    rows: ['60|30|2'],
    byHand: `SELECT sum(a), max(a), count(*) FILTER (WHERE a = 0) FROM (
      SELECT CASE WHEN tenant = 'red' THEN amount ELSE 0 END AS a FROM orders WHERE tenant = 'red' OR status = 'open'
    ) x WHERE a < 60`,
  },
  {
    systems: 'a member that one of two policies grants: its own rows',
    who: 'red and helper',
    sql: 'SELECT id, tenant FROM sales',
    rows: ['1|red', '2|red', '3|red', '6|red'],
    byHand: "SELECT id, tenant FROM orders WHERE tenant = 'red'",
  },
  {
    systems: 'one that none of two grants',
    who: 'red and helper',
    sql: 'SELECT note FROM sales',
    code: '42703',
    absent: 'note',
  },
  {
    systems: 'a policy of everything beside one that masks',
    who: 'boss and helper',
    sql: 'SELECT sum(amount), total, count(*) FROM sales GROUP BY ()',
    rows: ['280|280|7'],
    byHand: 'SELECT sum(amount), sum(amount), count(*) FROM orders',
  },
  {
    systems: 'a view whose policies none matches',
    who: 'boss',
    sql: 'SELECT id FROM desk',
    code: '42P01',
    absent: 'desk',
  },
  {
    systems: 'a cube that is not public',
    who: 'boss',
    sql: 'SELECT id FROM orders',
    code: '42P01',
    absent: 'orders',
  },
  {
    systems: 'under a view that is',
    who: 'boss',
    sql: 'SELECT count(*), count(note) FROM sales',
    rows: ['7|5'],
    byHand: 'SELECT count(*), count(note) FROM orders',
  },
  {
    systems: 'a root whose policies none matches: the columns of other cubes, and no rows',
    who: 'in no group',
    sql: 'SELECT refunded FROM sales',
    rows: ['∅'],
    byHand: 'SELECT sum(amount) FROM refunds WHERE FALSE',
  },
  {
    systems: 'rights and a policy: both',
    who: 'red of open orders',
    sql: 'SELECT id FROM sales',
    rows: ['1', '6'],
    byHand: "SELECT id FROM orders WHERE tenant = 'red' AND status = 'open'",
  },
  {
    systems: 'rights and the policies of view and cube',
    who: 'red of open orders',
    sql: 'SELECT id, amount, clerk FROM desk',
    rows: ['1|10|somebody', '6|60|somebody'],
    byHand: "SELECT id, amount, 'somebody' FROM orders WHERE tenant = 'red' AND status = 'open' AND status <> 'void'",
  },
  {
    systems: 'rights to the rows of a joined cube',
    who: 'red of northern shops',
    sql: 'SELECT id, shop FROM sales',
    rows: ['1|Hill', '3|Hill'],
    byHand: "SELECT o.id, s.name FROM orders o JOIN shops s ON o.shop = s.id WHERE tenant = 'red' AND region = 'north'",
  },
  {
    systems: 'a cube of a view denied by rights: its columns are not there',
    who: 'red without shops',
    sql: 'SELECT shop FROM sales',
    code: '42703',
    absent: 'shop',
  },
  {
    systems: 'and the rest is, by its policies',
    who: 'red without shops',
    sql: 'SELECT id, amount FROM desk',
    rows: ['1|10', '2|20', '6|60'],
    byHand: "SELECT id, amount FROM orders WHERE tenant = 'red' AND status <> 'void'",
  },
  {
    systems: 'a root denied by rights gives no rows',
    who: 'red without shops',
    sql: 'SELECT order_count FROM board',
    rows: ['0'],
    byHand: 'SELECT count(*) FROM orders WHERE FALSE',
  },
  {
    systems: 'a root denied by rights gives no columns either',
    who: 'boss without orders',
    sql: 'SELECT amount FROM sales',
    code: '42703',
    absent: 'amount',
  },
  {
    systems: 'and the columns of other cubes no rows',
    who: 'boss without orders',
    sql: 'SELECT shop, region FROM sales',
    rows: [],
    byHand: 'SELECT name, region FROM shops WHERE FALSE',
  },
  {
    systems: 'the other cube alone has its rows',
    who: 'boss without orders',
    sql: 'SELECT name FROM board',
    rows: ['Dock', 'Gate', 'Hill'],
    byHand: 'SELECT name FROM shops',
  },
  {
    systems: 'allowed_cubes names the view',
    who: 'boss who may view',
    sql: 'SELECT count(*), count(DISTINCT shop) FROM sales',
    rows: ['7|3'],
    byHand: 'SELECT count(*), count(DISTINCT shop) FROM orders',
  },
  {
    systems: 'and not its cubes',
    who: 'boss who may view',
    sql: 'SELECT name FROM shops',
    code: '42P01',
    absent: 'shops',
  },
  {
    systems: 'allowed_cubes names some cubes of a view',
    who: 'boss of some cubes',
    sql: 'SELECT id FROM sales',
    code: '42P01',
    absent: 'sales',
  },
  {
    systems: 'or all of them',
    who: 'boss of all cubes of views',
    sql: 'SELECT count(*), count(DISTINCT shop) FROM sales',
    rows: ['7|3'],
    byHand: 'SELECT count(*), count(DISTINCT shop) FROM orders',
  },
  {
    systems: 'a policy shows what rights do not',
    who: 'boss of all cubes of views',
    sql: 'SELECT wage FROM wages',
    code: '42P01',
    absent: 'wages',
  },
  {
    systems: 'rights show what no policy does',
    who: 'in no group',
    sql: 'SELECT wage FROM wages',
    code: '42P01',
    absent: 'wages',
  },
  {
    systems: 'policies alone, without any right',
    who: 'boss of no right',
    sql: 'SELECT id FROM sales',
    code: '42P01',
    absent: 'sales',
  },
  {
    systems: "the token's filter and a policy",
    who: 'red, token on done',
    sql: 'SELECT id, amount FROM sales',
    rows: ['2|20'],
    byHand: "SELECT id, amount FROM orders WHERE tenant = 'red' AND status = 'done'",
  },
  {
    systems: "the token's filter on a cube that is no table, from another root",
    who: 'red, token on done',
    sql: 'SELECT name, region FROM board',
    rows: ['Dock|south'],
    byHand: `SELECT name, region FROM shops WHERE EXISTS (
      SELECT FROM orders o WHERE o.shop = shops.id AND o.status = 'done' AND o.tenant = 'red'
    )`,
  },
  {
    systems: "the token's filter on a joined cube",
    who: 'boss, token on the north',
    sql: 'SELECT id FROM sales',
    rows: ['1', '3', '4', '5'],
    byHand: "SELECT o.id FROM orders o JOIN shops s ON o.shop = s.id WHERE region = 'north'",
  },
  {
    systems: "the token's filter where no join leads to it",
    who: 'boss, token on the north',
    sql: 'SELECT wage FROM wages',
    code: '42501',
  },
  {
    systems: "a hook's filter and a policy of all rows",
    who: 'boss, branch north',
    sql: 'SELECT id FROM sales',
    rows: ['1', '3', '4', '5'],
    byHand: "SELECT o.id FROM orders o JOIN shops s ON o.shop = s.id WHERE region = 'north'",
  },
  {
    systems: "a hook's filter and the policies of view and cube",
    who: 'red, branch north',
    sql: 'SELECT id FROM desk',
    rows: ['1'],
    byHand:
      "SELECT o.id FROM orders o JOIN shops s ON o.shop = s.id WHERE tenant = 'red' AND status <> 'void' AND region = 'north'",
  },
  {
    systems: "a hook's filter reads a cube as the statement would: by its policy",
    who: 'red of the south, branch north',
    sql: 'SELECT id FROM sales',
    rows: [],
    byHand:
      "SELECT o.id FROM orders o JOIN shops s ON o.shop = s.id WHERE tenant = 'red' AND region = 'north' AND region = 'south'",
  },
  {
    systems: "and the token's by the rights to its rows",
    who: 'red of northern shops, token on the south',
    sql: 'SELECT count(*), max(amount) FROM sales',
    rows: ['0|∅'],
    byHand:
      "SELECT count(*), max(amount) FROM orders o JOIN shops s ON o.shop = s.id WHERE tenant = 'red' AND region = 'north' AND region = 'south'",
  },
  {
    systems: 'of a cube denied by rights it has none',
    who: 'red without shops, token on the north',
    sql: 'SELECT id FROM sales',
    rows: [],
    byHand: 'SELECT id FROM orders WHERE FALSE',
  },
  {
    systems: "a hook's filter and masks",
    who: 'helper, branch south',
    sql: 'SELECT id, amount, doubled FROM sales',
    rows: ['7|0|140'],
    byHand:
      "SELECT o.id, 0, 2 * amount FROM orders o JOIN shops s ON o.shop = s.id WHERE status = 'open' AND region = 'south'",
  },
  {
    systems: "a hook's filter where no join leads to it",
    who: 'boss, branch north',
    sql: 'SELECT wage FROM wages',
    code: '42501',
  },
  {
    systems: 'all of them: policies of view and cube, rights, token, hook',
    who: 'red of open orders, branch and token',
    sql: 'SELECT id, clerk, amount FROM desk',
    rows: ['1|somebody|10'],
    byHand: `SELECT o.id, 'somebody', amount FROM orders o JOIN shops s ON o.shop = s.id
      WHERE status <> 'void' AND tenant = 'red' AND status = 'open' AND clerk = 'ann' AND region = 'north'`,
  },
  {
    systems: 'who acts as a persona has its groups and claims',
    who: 'support as red',
    sql: 'SELECT id FROM desk',
    rows: ['1', '2', '6'],
    byHand: "SELECT id FROM orders WHERE tenant = 'red' AND status <> 'void'",
  },
  {
    systems: "and keeps the filters of the actor's token",
    who: 'support, token on open, as red',
    sql: 'SELECT id FROM sales',
    rows: ['1', '6'],
    byHand: "SELECT id FROM orders WHERE tenant = 'red' AND status = 'open'",
  },
  {
    systems: "beside the persona's own",
    who: 'support, token on open, as red of Ann',
    sql: 'SELECT id, clerk FROM sales',
    rows: ['1|ann', '6|ann'],
    byHand: "SELECT id, clerk FROM orders WHERE tenant = 'red' AND status = 'open' AND clerk = 'ann'",
  },
  {
    systems: "the hook reads the persona's claims, not the actor's",
    who: 'support, branch north, as red',
    sql: 'SELECT id FROM sales',
    rows: ['1', '2', '3', '6'],
    byHand: "SELECT id FROM orders WHERE tenant = 'red'",
  },
  {
    systems: "a persona's rights, not the actor's",
    who: 'boss, as who may view',
    sql: 'SELECT wage FROM wages',
    code: '42P01',
    absent: 'wages',
  },
  {
    systems: 'to what it may',
    who: 'boss, as who may view',
    sql: 'SELECT count(*) FROM sales',
    rows: ['7'],
    byHand: 'SELECT count(*) FROM orders',
  },
  {
    systems: "a persona's rights to rows",
    who: 'support as boss of open orders',
    sql: 'SELECT id FROM sales',
    rows: ['1', '4', '6', '7'],
    byHand: "SELECT id FROM orders WHERE status = 'open'",
  },
  {
    systems: 'a persona without any right',
    who: 'support as boss of nothing',
    sql: 'SELECT id FROM sales',
    code: '42P01',
    absent: 'sales',
  },
  {
    systems: 'a guest: its right and a policy for everybody',
    who: 'guest',
    sql: 'SELECT id, kind FROM products',
    rows: ['1|toy'],
    byHand: "SELECT id, kind FROM products WHERE price <= 100 AND kind = 'toy'",
  },
  {
    systems: 'a guest is denied what rights deny, though no policy does',
    who: 'guest',
    sql: 'SELECT refunded FROM refunds',
    code: '42P01',
    absent: 'refunds',
  },
  { systems: 'and is in no group', who: 'guest', sql: 'SELECT wage FROM wages', code: '42P01', absent: 'wages' },
  {
    systems: 'who has a right of his own is no guest',
    who: 'boss by a proxy',
    sql: 'SELECT id, kind FROM products',
    rows: ['1|toy', '3|tool', '4|∅'],
    byHand: 'SELECT id, kind FROM products WHERE price <= 100',
  },
];
