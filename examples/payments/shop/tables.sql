create table if not exists orders (
  id text primary key,
  shopper text not null,
  item text not null,
  amount_cents integer not null,
  status text not null default 'open' check (status in ('open', 'waiting', 'paid', 'declined')),
  reason text,
  created_at timestamptz not null default now()
);

create table if not exists ledger (
  id bigint generated always as identity primary key,
  payment text not null,
  order_id text not null references orders,
  amount_cents integer not null,
  booked_at timestamptz not null default now()
);

-- What the browser is told, in order: the id is the event id of the stream, so that a browser can resume after it.
create table if not exists notices (
  id bigint generated always as identity primary key,
  order_id text not null references orders,
  type text not null,
  created_at timestamptz not null default now()
);

create index if not exists notices_by_order on notices (order_id, id);
