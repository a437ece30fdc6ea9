create table if not exists provider_payments (
  event text primary key,
  order_id text not null,
  body text not null,
  is_taken boolean not null,
  copies integer not null
);
-- Whoever asks twice for one order, after a lost answer say, is charged once.
create unique index if not exists provider_payments_once on provider_payments (order_id) where is_taken;
