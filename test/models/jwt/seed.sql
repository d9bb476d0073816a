CREATE SCHEMA IF NOT EXISTS public;
CREATE TABLE public.orders (id integer PRIMARY KEY, user_id integer, amount integer);
INSERT INTO public.orders VALUES (1, 131, 10), (2, 131, 20), (3, 132, 30), (4, NULL, 40);
