CREATE SCHEMA IF NOT EXISTS public;
CREATE TABLE public.orders (id integer, org_id text, user_id integer, amount integer);
INSERT INTO public.orders VALUES (1, 'acme-corp', 45, 10), (2, 'acme-corp', 46, 20), (3, 'globex', 99, 300), (4, 'o''brien', 7, 4000);
CREATE TABLE public.customers (id integer, organisationId text, country text);
INSERT INTO public.customers VALUES (1, 'acme-corp', 'United States'), (2, 'acme-corp', 'Canada'), (3, 'globex', 'Mexico'), (4, 'globex', 'France');
