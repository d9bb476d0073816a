-- The demo's data: two shops, Aurora (outdoor gear) and Borealis (things for the home), on one platform, 2024 and 2025.
--
-- The same file runs on DuckDB and on PostgreSQL and makes the same rows on both, every time: there is no random().
-- Each row draws its "dice" from its own number i, as (i * multiplier + offset), squared, modulo the prime 2^31 - 1.
-- What DuckDB and PostgreSQL do differently is avoided: an integer is divided only where nothing is left over,
-- and instants are counted in seconds from a fixed one.

CREATE SCHEMA shop;

-- Countries ----------------------------------------------------------------------------------------------------------

CREATE TABLE shop.country_drafts AS
SELECT * FROM (VALUES
  ('SE', 'Sweden',      'Sverige',    'Nordics', true,  '+46',  'Stockholm,Göteborg,Malmö,Umeå'),
  ('NO', 'Norway',      'Norge',      'Nordics', false, '+47',  'Oslo,Bergen,Tromsø,Ålesund'),
  ('DK', 'Denmark',     'Danmark',    'Nordics', true,  '+45',  'København,Århus,Odense,Helsingør'),
  ('FI', 'Finland',     'Suomi',      'Nordics', true,  '+358', 'Helsinki,Tampere,Turku,Jyväskylä'),
  ('DE', 'Germany',     'Deutschland','DACH',    true,  '+49',  'Berlin,Hamburg,München,Köln'),
  ('AT', 'Austria',     'Österreich', 'DACH',    true,  '+43',  'Wien,Graz,Linz,Salzburg'),
  ('CH', 'Switzerland', 'Schweiz',    'DACH',    false, '+41',  'Zürich,Genève,Basel,Bern'),
  ('NL', 'Netherlands', 'Nederland',  'Benelux', true,  '+31',  'Amsterdam,Utrecht,Rotterdam,Groningen'),
  ('BE', 'Belgium',     'België',     'Benelux', true,  '+32',  'Brussel,Antwerpen,Gent,Liège'),
  ('ES', 'Spain',       'España',     'South',   true,  '+34',  'Madrid,Barcelona,Málaga,Logroño'),
  ('PT', 'Portugal',    'Portugal',   'South',   true,  '+351', 'Lisboa,Porto,Évora,Setúbal'),
  ('GR', 'Greece',      'Ελλάδα',     'South',   true,  '+30',  'Αθήνα,Θεσσαλονίκη,Πάτρα,Χανιά')
) AS c(code, name, local_name, region, in_eu, dial_code, cities);

CREATE TABLE shop.countries (
  code        text PRIMARY KEY,
  name        text NOT NULL,
  local_name  text NOT NULL,
  region      text NOT NULL,
  in_eu       boolean NOT NULL
);
INSERT INTO shop.countries SELECT code, name, local_name, region, in_eu FROM shop.country_drafts ORDER BY code;

-- Products: 144 of Aurora, 96 of Borealis, six categories each --------------------------------------------------------

CREATE TABLE shop.products (
  id            integer PRIMARY KEY,
  tenant_id     text NOT NULL,
  sku           text NOT NULL,
  name          text NOT NULL,
  category      text NOT NULL,
  brand         text NOT NULL,
  list_price    numeric(12,2) NOT NULL,
  unit_cost     numeric(12,2) NOT NULL,
  weight_kg     numeric(6,2),
  launched_on   date NOT NULL,
  discontinued  boolean NOT NULL
);
INSERT INTO shop.products
WITH rolls AS (
  SELECT i, (i * 48271 + 7001) % 2147483647 AS a, (i * 69621 + 7013) % 2147483647 AS b,
         (i * 39373 + 7027) % 2147483647 AS c
  FROM (SELECT CAST(n AS bigint) AS i FROM generate_series(1, 240) AS s(n)) AS numbers
),
dice AS (
  SELECT i, a * a % 2147483647 AS a, b * b % 2147483647 AS b, c * c % 2147483647 AS c,
         CASE WHEN i <= 144 THEN 'aurora' ELSE 'borealis' END AS tenant_id,
         CAST((i - 1) % 6 + 1 AS integer) AS kind,
         CAST((i * 7 + (i - 1 - (i - 1) % 6) / 6) % 24 + 1 AS integer) AS word
  FROM rolls
),
priced AS (
  SELECT *,
         -- About 0.70 to 1.60 times the usual price of the category, in cents, ending in 90.
         CAST(split_part(CASE tenant_id WHEN 'aurora' THEN '249,139,99,45,119,69' ELSE '79,149,39,89,329,29' END,
                         ',', kind) AS bigint) * (70 + a % 90) AS cents
  FROM dice
)
SELECT CAST(i AS integer),
       tenant_id,
       upper(substr(tenant_id, 1, 2)) || '-' || lpad(CAST(i AS text), 4, '0'),
       split_part('Fjäll,Skog,Ljus,Ålen,Sörli,Tjäle,Vind,Måne,Bäck,Grå,Höst,Is,Jökul,Kråka,Lönn,Myr,Näset,Öland,Rönn,Snö,Tåke,Ulv,Vår,Ø',
                  ',', word)
         || ' ' || split_part(CASE tenant_id
                                WHEN 'aurora' THEN 'tent,sleeping bag,backpack,stove,hiking boots,rain jacket'
                                ELSE 'lamp,rug,saucepan,duvet,armchair,storage box' END, ',', kind)
         || CASE WHEN b % 5 = 0 THEN ' Pro' WHEN b % 5 = 1 THEN ' Light' ELSE '' END,
       split_part(CASE tenant_id
                    WHEN 'aurora' THEN 'Tents,Sleeping bags,Backpacks,Cookware,Footwear,Clothing'
                    ELSE 'Lighting,Rugs,Kitchen,Bedding,Furniture,Storage' END, ',', kind),
       split_part('Nordlys,Hytte,Café Noir,Møbel & Co,Ørn,Plain', ',', CAST(c % 6 + 1 AS integer)),
       CAST(CAST(cents - cents % 100 + 90 AS numeric(12,2)) * 0.01 AS numeric(12,2)),
       CAST(CAST((cents - cents % 100 + 90) * (42 + b % 26) AS numeric(16,2)) * 0.0001 AS numeric(12,2)),
       CASE WHEN c % 100 < 12 THEN NULL ELSE CAST(CAST(10 + c % 1490 AS numeric(8,2)) * 0.01 AS numeric(6,2)) END,
       DATE '2019-03-01' + CAST(b % 2100 AS integer),
       a % 100 < 9
FROM priced
ORDER BY i;

-- Customers and orders in draft: who, when, what status. Amounts follow from the items, sign-up dates from the orders. ----

CREATE TABLE shop.customer_drafts AS
WITH rolls AS (
  SELECT i, (i * 48271 + 101) % 2147483647 AS a, (i * 69621 + 103) % 2147483647 AS b,
         (i * 39373 + 107) % 2147483647 AS c, (i * 16807 + 109) % 2147483647 AS d, (i * 62089 + 113) % 2147483647 AS e
  FROM (SELECT CAST(n AS bigint) AS i FROM generate_series(1, 12000) AS s(n)) AS numbers
),
dice AS (
  SELECT i, a * a % 2147483647 AS a, b * b % 2147483647 AS b, c * c % 2147483647 AS c, d * d % 2147483647 AS d,
         e * e % 2147483647 AS e
  FROM rolls
)
SELECT CAST(i AS integer) AS id, a, b, c, d, e,
       CASE WHEN a % 100 < 60 THEN 'aurora' ELSE 'borealis' END AS tenant_id,
       split_part(CASE WHEN a % 100 < 60 THEN 'SE,SE,SE,SE,NO,NO,NO,DK,DK,FI,FI,DE,DE,DE,AT,CH,NL,BE,ES,PT'
                       ELSE 'DE,DE,DE,DE,DE,AT,AT,CH,CH,NL,NL,NL,BE,BE,SE,DK,ES,ES,PT,GR' END,
                  ',', CAST(b % 20 + 1 AS integer)) AS country_code
FROM dice;

CREATE TABLE shop.order_drafts AS
WITH rolls AS (
  SELECT i, (i * 48271 + 11) % 2147483647 AS a, (i * 69621 + 13) % 2147483647 AS b, (i * 39373 + 17) % 2147483647 AS c,
         (i * 16807 + 19) % 2147483647 AS d, (i * 62089 + 23) % 2147483647 AS e, (i * 41358 + 29) % 2147483647 AS f,
         (i * 55501 + 31) % 2147483647 AS g, (i * 31011 + 37) % 2147483647 AS h
  FROM (SELECT CAST(n AS bigint) AS i FROM generate_series(1, 100000) AS s(n)) AS numbers
),
dice AS (
  SELECT i, a * a % 2147483647 AS a, b * b % 2147483647 AS b, c * c % 2147483647 AS c, d * d % 2147483647 AS d,
         e * e % 2147483647 AS e, f * f % 2147483647 AS f, g * g % 2147483647 AS g, h * h % 2147483647 AS h
  FROM rolls
),
timed AS (
  SELECT *,
         -- Some customers order often, most seldom, and the last 600 never did.
         a % 100000 * (a % 100000 * 10 + 100000) * 11400 AS pick,
         -- Day 0 is 2024-01-01, day 730 is 2025-12-31: growth over the two years, and more before Christmas.
         CASE WHEN b % 100 < 52 THEN c % 731
              WHEN b % 100 < 86 THEN GREATEST(c % 731, d % 731)
              ELSE 315 + c % 44 + CASE WHEN d % 5 < 2 THEN 0 ELSE 365 END END AS day,
         (e % 13 + f % 12 + 6) % 24 * 3600 + d % 3600 AS second_of_day
  FROM dice
),
picked AS (
  -- 7919 spreads the frequent customers over the whole table.
  SELECT *, CAST((pick - pick % 110000000000) / 110000000000 AS bigint) * 7919 % 11400 + 1 AS customer_id FROM timed
)
SELECT CAST(row_number() OVER (ORDER BY t.day, t.second_of_day, t.i) AS integer) AS id,
       c.id AS customer_id, c.tenant_id, c.country_code, t.day * 86400 + t.second_of_day AS second, t.day, t.e, t.f, t.g, t.h,
       CASE WHEN t.g % 100 < 6 THEN 'cancelled'
            WHEN t.day >= 722 THEN CASE WHEN t.g % 100 < 80 THEN 'processing' ELSE 'shipped' END
            WHEN t.day >= 708 THEN CASE WHEN t.g % 100 < 60 THEN 'shipped' ELSE 'completed' END
            WHEN t.g % 100 < 11 THEN 'returned'
            ELSE 'completed' END AS status,
       -- Baskets are a little fuller where incomes are higher.
       t.h % 100 + CASE WHEN c.country_code IN ('NO', 'CH', 'DK') THEN 14 WHEN c.country_code IN ('ES', 'PT', 'GR') THEN -12
                        WHEN c.country_code IN ('NL', 'BE') THEN -4 ELSE 0 END AS appetite
FROM picked AS t
JOIN shop.customer_drafts AS c ON c.id = t.customer_id;

-- Order items: one to six an order, of the order's own shop ------------------------------------------------------------

CREATE TABLE shop.order_items (
  id                integer PRIMARY KEY,
  tenant_id         text NOT NULL,
  order_id          integer NOT NULL,
  line_number       integer NOT NULL,
  product_id        integer NOT NULL,
  quantity          integer NOT NULL,
  unit_price        numeric(12,2) NOT NULL,
  discount_percent  integer NOT NULL
);
INSERT INTO shop.order_items
WITH rolls AS (
  SELECT o.id AS order_id, o.tenant_id, n.line, o.day,
         ((o.id * 7 + n.line) * 48271 + 41) % 2147483647 AS a,
         ((o.id * 7 + n.line) * 69621 + 43) % 2147483647 AS b
  FROM (SELECT CAST(id AS bigint) AS id, tenant_id, day,
               CASE WHEN appetite < 28 THEN 1 WHEN appetite < 55 THEN 2 WHEN appetite < 73 THEN 3
                    WHEN appetite < 86 THEN 4 WHEN appetite < 98 THEN 5 ELSE 6 END AS item_count
        FROM shop.order_drafts) AS o
  JOIN generate_series(1, 6) AS n(line) ON n.line <= o.item_count
),
dice AS (
  SELECT order_id, tenant_id, line, day, a * a % 2147483647 AS a, b * b % 2147483647 AS b FROM rolls
),
lines AS (
  SELECT order_id, tenant_id, line, b,
         -- A few products sell much better than the rest.
         CASE tenant_id
           WHEN 'aurora' THEN 1 + ((a % 10000) * (a % 10000) * 144 - (a % 10000) * (a % 10000) * 144 % 100000000) / 100000000
           ELSE 145 + ((a % 10000) * (a % 10000) * 96 - (a % 10000) * (a % 10000) * 96 % 100000000) / 100000000
         END AS product_id,
         CASE WHEN b % 100 < 72 THEN 1 WHEN b % 100 < 89 THEN 2 WHEN b % 100 < 95 THEN 3 ELSE 4 + b % 3 END AS quantity,
         CASE WHEN day % 365 BETWEEN 325 AND 335 THEN 20      -- the week around Black Friday
              WHEN a % 100 < 76 THEN 0 WHEN a % 100 < 88 THEN 5 WHEN a % 100 < 96 THEN 10 ELSE 15 END AS discount_percent
  FROM dice
)
SELECT CAST(l.order_id * 10 + l.line AS integer), l.tenant_id, CAST(l.order_id AS integer),
       CAST(l.line AS integer), CAST(l.product_id AS integer), CAST(l.quantity AS integer),
       CAST(p.list_price * (100 - l.discount_percent) * 0.01 AS numeric(12,2)), CAST(l.discount_percent AS integer)
FROM lines AS l
JOIN shop.products AS p ON p.id = l.product_id
ORDER BY l.order_id, l.line;

-- Orders ---------------------------------------------------------------------------------------------------------------

CREATE TABLE shop.orders (
  id            integer PRIMARY KEY,
  tenant_id     text NOT NULL,
  customer_id   integer NOT NULL,
  status        text NOT NULL,
  channel       text NOT NULL,
  ordered_at    timestamp NOT NULL,
  shipped_at    timestamp,
  goods_value   numeric(12,2) NOT NULL,
  shipping_fee  numeric(12,2) NOT NULL,
  coupon_code   text,
  is_gift       boolean NOT NULL,
  note          text
);
INSERT INTO shop.orders
WITH goods AS (
  SELECT order_id, CAST(sum(quantity * unit_price) AS numeric(12,2)) AS value FROM shop.order_items GROUP BY order_id
)
SELECT o.id, o.tenant_id, o.customer_id, o.status,
       CASE WHEN o.f % 100 < 52 THEN 'web' WHEN o.f % 100 < 84 THEN 'app' WHEN o.f % 100 < 95 THEN 'marketplace'
            ELSE 'phone' END,
       TIMESTAMP '2024-01-01 00:00:00' + o.second * INTERVAL '1 second',
       CASE WHEN o.status IN ('processing', 'cancelled') THEN NULL
            ELSE TIMESTAMP '2024-01-01 00:00:00' + (o.second + 18000 + o.e % 260000) * INTERVAL '1 second' END,
       g.value,
       CASE WHEN g.value >= 150 THEN 0.00 WHEN o.country_code IN ('NO', 'CH') THEN 12.90
            WHEN o.e % 10 < 3 THEN 9.90 ELSE 4.90 END,
       CASE WHEN o.day % 365 BETWEEN 325 AND 335 THEN 'BLACKWEEK' WHEN o.g % 97 < 9 THEN 'WELCOME10'
            WHEN o.g % 97 < 15 THEN 'GRÜEZI' WHEN o.g % 97 < 18 THEN 'FRIENDS' END,
       o.h % 89 < CASE WHEN o.day % 365 BETWEEN 334 AND 359 THEN 24 ELSE 5 END,
       CASE WHEN o.e % 83 = 1 THEN 'Lämna vid dörren' WHEN o.e % 83 = 2 THEN 'Please don''t ring the bell'
            WHEN o.e % 83 = 3 THEN 'Bitte beim Nachbarn abgeben; "Müller", 2. Stock' WHEN o.e % 83 = 4 THEN '🎁 100% surprise' END
FROM shop.order_drafts AS o
JOIN goods AS g ON g.order_id = o.id
ORDER BY o.id;

-- Customers ------------------------------------------------------------------------------------------------------------

CREATE TABLE shop.customers (
  id                 integer PRIMARY KEY,
  tenant_id          text NOT NULL,
  name               text NOT NULL,
  email              text NOT NULL,
  phone              text,
  country_code       text NOT NULL,
  city               text NOT NULL,
  kind               text NOT NULL,
  loyalty_tier       text,
  birth_date         date,
  signed_up_on       date NOT NULL,
  newsletter         boolean,
  credit_limit       numeric(12,2)
);
INSERT INTO shop.customers
WITH first_orders AS (
  SELECT customer_id, min(day) AS day FROM shop.order_drafts GROUP BY customer_id
),
named AS (
  SELECT d.*, f.day, CAST(d.c % 32 + 1 AS integer) AS first, CAST(d.d % 28 + 1 AS integer) AS last, d.e % 100 < 11 AS business
  FROM shop.customer_drafts AS d
  LEFT JOIN first_orders AS f ON f.customer_id = d.id
)
SELECT n.id, n.tenant_id,
       split_part('Åsa,Björn,Chloé,Dag,Eloïse,Frida,Günter,Håkon,Ida,Jürgen,Katja,Lærke,Mikko,Nadia,Olga,Pål,Quentin,Rosa,Søren,Tove,Ulrike,Väinö,Wilma,Xenia,Yara,Zoë,Álvaro,Inês,Κώστας,Maja,Noor,Émile',
                  ',', n.first) || ' '
         || split_part('Andersson,Bakker,Castañeda,Dubois,Eriksen,Fuchs,García,Hansen,Ibsen,Jönsson,Korhonen,Lindqvist,Müller,Nygård,O''Brien,Papadopoulos,Quist,Ruiz,Schäfer,Silva,Tønnesen,Übel,Virtanen,Weiß,Yılmaz,Zimmermann,Østergaard,Peeters',
                       ',', n.last),
       split_part('asa,bjorn,chloe,dag,eloise,frida,guenter,hakon,ida,juergen,katja,laerke,mikko,nadia,olga,pal,quentin,rosa,soren,tove,ulrike,vaino,wilma,xenia,yara,zoe,alvaro,ines,kostas,maja,noor,emile',
                  ',', n.first) || '.' || CAST(n.id AS text) || CASE WHEN n.business THEN '@firma.example' ELSE '@post.example' END,
       CASE WHEN n.b % 100 < 22 THEN NULL
            ELSE c.dial_code || ' ' || lpad(CAST(n.c % 1000 AS text), 3, '0') || ' ' || lpad(CAST(n.d % 10000 AS text), 4, '0') END,
       n.country_code,
       split_part(c.cities, ',', CASE WHEN n.e % 10 < 4 THEN 1 WHEN n.e % 10 < 7 THEN 2 WHEN n.e % 10 < 9 THEN 3 ELSE 4 END),
       CASE WHEN n.business THEN 'business' ELSE 'consumer' END,
       CASE WHEN n.d % 100 < 6 THEN 'gold' WHEN n.d % 100 < 20 THEN 'silver' WHEN n.d % 100 < 55 THEN 'bronze' END,
       CASE WHEN n.business OR n.e % 100 > 90 THEN NULL ELSE DATE '1945-01-01' + CAST(n.c % 22500 AS integer) END,
       -- Never after the first order.
       CAST(DATE '2021-01-01' + CAST(LEAST(n.a % 1826, COALESCE(n.day + 1095 - n.b % 40, 1825)) AS integer) AS date),
       CASE WHEN n.d % 100 > 92 THEN NULL ELSE n.b % 7 < 3 END,
       CASE WHEN n.business THEN CAST(500 + n.d % 40 * 250 AS numeric(12,2)) END
FROM named AS n
JOIN shop.country_drafts AS c ON c.code = n.country_code
ORDER BY n.id;

-- Returns: of whole orders (status "returned") and of parts of others ----------------------------------------------------

CREATE TABLE shop.returns (
  id             integer PRIMARY KEY,
  tenant_id      text NOT NULL,
  order_id       integer NOT NULL,
  reason         text NOT NULL,
  requested_at   timestamptz NOT NULL,
  approved       boolean,
  refund_amount  numeric(12,2)
);
INSERT INTO shop.returns
WITH requests AS (
  SELECT d.id AS order_id, d.tenant_id, o.goods_value, d.second + 260000 + d.h % 1500000 AS second, d.f, d.g,
         d.status = 'returned' AS whole
  FROM shop.order_drafts AS d
  JOIN shop.orders AS o ON o.id = d.id
  WHERE d.status = 'returned' OR (d.status = 'completed' AND d.e % 1000 < 35)
)
SELECT CAST(row_number() OVER (ORDER BY second, order_id) AS integer), tenant_id, order_id,
       CASE WHEN g % 17 < 6 THEN 'wrong size' WHEN g % 17 < 10 THEN 'changed my mind' WHEN g % 17 < 13 THEN 'damaged'
            WHEN g % 17 < 15 THEN 'arrived late' ELSE 'not as described' END,
       TIMESTAMPTZ '2024-01-01 00:00:00+00' + second * INTERVAL '1 second',
       CASE WHEN whole THEN true WHEN second >= 62200000 THEN NULL ELSE f % 89 >= 13 END,
       CASE WHEN whole THEN goods_value
            WHEN second >= 62200000 OR f % 89 < 13 THEN NULL
            ELSE CAST(goods_value * (20 + f % 60) * 0.01 AS numeric(12,2)) END
FROM requests
ORDER BY second, order_id;

DROP TABLE shop.order_drafts;
DROP TABLE shop.customer_drafts;
DROP TABLE shop.country_drafts;
