CREATE SCHEMA IF NOT EXISTS public;
CREATE TABLE public.users (id integer, name text);
CREATE TABLE public.orders (id integer, user_id integer, status text, placed_at timestamp, amount numeric(10,2));
INSERT INTO public.users VALUES (42, 'ann'), (43, 'ben');
INSERT INTO public.orders VALUES
  (1, 42, 'open', '2024-01-05 10:00:00', 10.50),
  (2, 42, 'paid', '2024-02-06 11:00:00', 20.00),
  (3, 43, 'open', '2024-02-07 12:00:00', 30.00),
  (4, NULL, 'open', '2024-02-08 13:00:00', 40.00);
